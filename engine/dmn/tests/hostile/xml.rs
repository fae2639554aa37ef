//! XML that means harm.

use hosk_dmn::DecisionModel;

use crate::{decision, definitions, literal, survives, survives_with};

const DMN: &str = "https://www.omg.org/spec/DMN/20230324/MODEL/";

#[test]
fn entities_are_not_expanded() {
    let mut laughs = String::from("<!DOCTYPE d [<!ENTITY a0 'ha'>");
    for n in 1..30 {
        let before = n - 1;
        laughs += &format!("<!ENTITY a{n} '{}'>", format!("&a{before};").repeat(10));
    }
    let model = definitions(&decision("d", &literal("&a29;")));
    assert_eq!(survives_with(format!("{laughs}]>{model}").as_bytes(), &[]), 0);
    let outside = "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>";
    let model = definitions(&decision("d", &literal("&x;")));
    assert_eq!(survives_with(format!("{outside}{model}").as_bytes(), &[]), 0);
    survives(&decision("d", &literal("&nope; + &#x0; + &#xD800; + &#99999999;")));
}

#[test]
fn many_and_long_parts() {
    let attributes: String = (0..100_000).map(|n| format!(" a{n}='{n}'")).collect();
    survives(&format!("<decision id='d' name='d'{attributes}/>"));
    survives(&format!("<decision id='d' name='{}'/>", "n".repeat(1_000_000)));
    survives(&format!("<decision id='{}' name='d'/>", "n".repeat(1_000_000)));
    survives(&format!("<{0} id='d'/>", "n".repeat(1_000_000)));
    survives(&decision("d", &"<list/>".repeat(150_000)));
    survives(&decision("d", &format!("<description>{}</description>", "x".repeat(4_000_000))));
    survives(&"<decision/>".repeat(150_000));
    survives(&"<decision id='same' name='same'/>".repeat(100_000));
    survives(&(0..19_000).map(|n| format!("<inputData id='i{n}' name='a b{n}'/>")).collect::<String>());
    survives(&format!("<!--{}-->", "- ".repeat(500_000)));
    survives(&"<?pi data?>".repeat(100_000));
    survives(&decision(
        "d",
        &format!("<literalExpression><text><![CDATA[{}]]></text></literalExpression>", "]".repeat(100_000)),
    ));
    let namespaces: String = (0..10_000).map(|n| format!(" xmlns:p{n}='{DMN}'")).collect();
    survives(&format!("<decision id='d' name='d'{namespaces}/>"));
}

#[test]
fn broken_files_are_refused() {
    let whole = definitions(&decision("d", &literal("1 + 1")));
    // Cut off everywhere.
    for end in 0..whole.len() {
        assert!(DecisionModel::compile(&whole.as_bytes()[..end]).is_err(), "{end}");
    }
    for text in [
        "<a><b></a></b>".to_owned(),
        format!("{whole}{whole}"),
        format!("{whole}<"),
        whole.replace("</decision>", "</decisio>"),
        whole.replace("id='d'", "id='d' id='e'"),
        whole.replace("id='d'", "id=d"),
        whole.replace("<decision", "<x:decision"),
        whole.replace(DMN, "urn:other"),
        format!("<?xml version='9.9' encoding='klingon'?>{whole}"),
        format!("<!DOCTYPE {}", "[".repeat(100_000)),
        "<!--".to_owned(),
        "<![CDATA[".to_owned(),
        "<?xml".to_owned(),
        "\u{0}".repeat(1_000),
    ] {
        assert_eq!(survives_with(text.as_bytes(), &[]), 0, "{text:.80}");
    }
    for bytes in
        [&b"\xff\xfe<\x00"[..], b"\xfe\xff\x00<", b"\xef\xbb\xbf", b"\xff\xff\xff\xff", b"<\xc3\x28/>"]
    {
        assert!(DecisionModel::compile(bytes).is_err());
    }
}

/// Elements in places where others are expected.
#[test]
fn misplaced_elements_do_no_harm() {
    let parts = [
        "<decisionTable/>",
        "<decisionTable><rule/></decisionTable>",
        "<decisionTable><input/><output/><rule><outputEntry/></rule></decisionTable>",
        "<decisionTable hitPolicy='NONE'><output/></decisionTable>",
        "<decisionTable hitPolicy='COLLECT' aggregation='NONE'><input/><output/></decisionTable>",
        "<context><contextEntry/></context>",
        "<context><contextEntry><variable/></contextEntry></context>",
        "<relation><row/></relation>",
        "<relation><column/><row><list/><list/></row></relation>",
        "<invocation/>",
        "<invocation><literalExpression><text>f</text></literalExpression><binding/></invocation>",
        "<functionDefinition/>",
        "<functionDefinition kind='Java'><literalExpression/></functionDefinition>",
        "<conditional/>",
        "<conditional><if/><then/><else/></conditional>",
        "<filter/>",
        "<filter><in/><match/></filter>",
        "<for/>",
        "<for iteratorVariable=''><in/><return/></for>",
        "<some><in><list/></in><satisfies><list/></satisfies></some>",
        "<every iteratorVariable='x'><in/></every>",
        "<informationRequirement/>",
        "<informationRequirement><requiredDecision/></informationRequirement>",
        "<informationRequirement><requiredInput href='#d'/></informationRequirement>",
        "<knowledgeRequirement><requiredKnowledge href='#d'/></knowledgeRequirement>",
        "<variable typeRef='nope'/>",
        "<literalExpression expressionLanguage='java'><text>1</text></literalExpression>",
        "<literalExpression/>",
        "<literalExpression><importedValues/></literalExpression>",
        "<decision/>",
        "<unknown/>",
    ];
    for part in parts {
        survives(&decision("d", part));
        survives(part);
        for other in parts {
            survives(&decision("d", &format!("{part}{other}")));
        }
    }
    for part in [
        "<itemDefinition/>",
        "<itemDefinition name='t'/>",
        "<itemDefinition name='t'><typeRef>t</typeRef></itemDefinition>",
        "<itemDefinition name='number'><typeRef>string</typeRef></itemDefinition>",
        "<itemDefinition name='t'><functionItem/></itemDefinition>",
        "<itemDefinition name='t'><typeRef>string</typeRef><allowedValues><text>1 +</text></allowedValues></itemDefinition>",
        "<itemDefinition name='t' isCollection='perhaps'><itemComponent/></itemDefinition>",
        "<inputData/>",
        "<inputData id='i'><variable/></inputData>",
        "<businessKnowledgeModel/>",
        "<businessKnowledgeModel id='b' name='b'><encapsulatedLogic/></businessKnowledgeModel>",
        "<decisionService/>",
        "<decisionService id='s' name='s'/>",
        "<decisionService id='s' name='s'><outputDecision/><inputData href='#s'/></decisionService>",
        "<import/>",
        "<import name='x' namespace='n'/>",
    ] {
        survives(part);
        survives(&format!("{part}{part}"));
    }
}
