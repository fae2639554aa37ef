//! Small models for huge values, huge types and endless work.

use std::fmt::Write as _;

use crate::{decision, definitions, literal, survives, survives_with};

fn requires(id: &str) -> String {
    format!("<informationRequirement><requiredDecision href='#{id}'/></informationRequirement>")
}

/// Decisions d0 … d59, each with a logic made of the name of the one before it.
fn chain(logic: impl Fn(&str) -> String) -> String {
    let mut body = decision("d0", &literal("[1, 1]"));
    for n in 1..60 {
        let before = format!("d{}", n - 1);
        body += &decision(&format!("d{n}"), &format!("{}{}", requires(&before), logic(&before)));
    }
    body
}

fn entry(text: &str) -> String {
    format!("<outputEntry><text>{text}</text></outputEntry>")
}

#[test]
fn values_that_double_in_every_decision() {
    assert_eq!(survives(&chain(|before| literal(&format!("[{before}, {before}]")))), 60);
    assert_eq!(survives(&chain(|before| format!("<list>{}{}</list>", literal(before), literal(before)))), 60);
    let context = |before: &str| {
        let entry =
            |name: &str| format!("<contextEntry><variable name='{name}'/>{}</contextEntry>", literal(before));
        format!("<context>{}{}</context>", entry("a"), entry("b"))
    };
    assert_eq!(survives(&chain(context)), 60);
    for policy in ["COLLECT", "RULE ORDER"] {
        let table = |before: &str| {
            let rule = format!("<rule><inputEntry><text>-</text></inputEntry>{}</rule>", entry(before));
            format!(
                "<decisionTable hitPolicy='{policy}'><input><inputExpression><text>1</text></inputExpression></input>\
                 <output/>{rule}{rule}</decisionTable>"
            )
        };
        assert_eq!(survives(&chain(table)), 60);
    }
    let outputs = |before: &str| {
        let rule = format!("<rule><inputEntry><text>-</text></inputEntry>{0}{0}</rule>", entry(before));
        format!(
            "<decisionTable><input><inputExpression><text>1</text></inputExpression></input><output name='a'/>\
             <output name='b'/>{rule}</decisionTable>"
        )
    };
    assert_eq!(survives(&chain(outputs)), 60);
    let relation = |before: &str| {
        format!("<relation><column name='a'/><column name='b'/><row>{0}{0}</row></relation>", literal(before))
    };
    assert_eq!(survives(&chain(relation)), 60);
}

#[test]
fn services_and_models_that_double() {
    let mut body = String::from(
        "<businessKnowledgeModel id='twice' name='twice'><encapsulatedLogic><formalParameter name='v'/>\
         <literalExpression><text>[v, v]</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>",
    );
    let nested = format!("{}1{}", "twice(".repeat(60), ")".repeat(60));
    let knows = "<knowledgeRequirement><requiredKnowledge href='#twice'/></knowledgeRequirement>";
    body += &decision("d", &format!("{knows}{}", literal(&nested)));
    body += &decision("o1", &literal("x"));
    body += &decision("o2", &literal("x"));
    body += "<decisionService id='s' name='s'><outputDecision href='#o1'/><outputDecision href='#o2'/></decisionService>";
    assert_eq!(survives(&body), 5);
}

/// Each type has two members of the type before it: as a tree it would have 2^59 leaves.
#[test]
fn types_that_double() {
    let mut body = String::from("<itemDefinition name='t0'><typeRef>date</typeRef></itemDefinition>");
    for n in 1..60 {
        let before = n - 1;
        let _ = write!(
            body,
            "<itemDefinition name='t{n}'><itemComponent name='a'><typeRef>t{before}</typeRef></itemComponent>\
             <itemComponent name='b'><typeRef>t{before}</typeRef></itemComponent></itemDefinition>"
        );
    }
    body += "<inputData id='i' name='x'><variable name='x' typeRef='t59'/></inputData>";
    let reads = "<informationRequirement><requiredInput href='#i'/></informationRequirement>";
    let typed = |id: &str, logic: &str| {
        format!(
            "<decision id='{id}' name='{id}'><variable name='{id}' typeRef='t59'/>{reads}{logic}</decision>"
        )
    };
    body += &typed("given", &literal("x"));
    body += &typed("wrong", &literal("\"text\""));
    body += &typed("half", &literal("{a: {a: @\"2024-01-01\"}, b: 1}"));
    body += &typed("asked", &literal("x instance of t59"));
    body += &typed("function", &literal("function(p: t59, q: t58) p"));
    body += &typed("called", &literal("(function(p: function&lt;t59&gt;-&gt;t58) p)(function(q: t58) q)"));
    body += &typed(
        "table",
        "<decisionTable><input><inputExpression typeRef='t59'><text>x</text></inputExpression></input>\
         <output typeRef='t58'/><rule><inputEntry><text>-</text></inputEntry><outputEntry><text>1</text></outputEntry>\
         </rule></decisionTable>",
    );
    assert_eq!(survives(&body), 7);
}

#[test]
fn recursion_of_knowledge_models() {
    let model = |id: &str, text: &str, knows: &str| {
        format!(
            "<businessKnowledgeModel id='{id}' name='{id}'><encapsulatedLogic><formalParameter name='n'/>{}\
             </encapsulatedLogic>{knows}</businessKnowledgeModel>",
            literal(text)
        )
    };
    let knows =
        |id: &str| format!("<knowledgeRequirement><requiredKnowledge href='#{id}'/></knowledgeRequirement>");
    let call = |id: &str, text: &str| decision(&format!("d{id}"), &format!("{}{}", knows(id), literal(text)));
    let body = [
        model("endless", "endless(n)", ""),
        model("growing", "growing([n, n])", ""),
        model("deep", "if n = 0 then 0 else deep(n - 1) + 1", ""),
        model("wide", "if n = 0 then 1 else wide(n - 1) + wide(n - 1)", ""),
        model("ping", "pong(n)", &knows("pong")),
        model("pong", "ping(n)", &knows("ping")),
        call("endless", "endless(1)"),
        call("growing", "growing(1)"),
        call("deep", "deep(1000000)"),
        call("wide", "wide(60)"),
        call("ping", "ping(1)"),
        call("deep", "count(for i in 1..1000000 return deep(20))").replace("ddeep", "often"),
    ];
    assert_eq!(survives(&body.concat()), 12);
}

/// What the table does for every call is counted, or a loop over calls would take hours.
#[test]
fn a_large_table_called_in_a_loop() {
    let knows = "<knowledgeRequirement><requiredKnowledge href='#f'/></knowledgeRequirement>";
    let looped = |logic: String| {
        format!(
            "<businessKnowledgeModel id='f' name='f'><encapsulatedLogic><formalParameter name='n'/>{logic}\
             </encapsulatedLogic></businessKnowledgeModel>{}",
            decision("d", &format!("{knows}{}", literal("count(for i in 1..1000000 return f(i))")))
        )
    };
    let table = |policy: &str, rules: &str| {
        format!(
            "<decisionTable hitPolicy='{policy}'><input><inputExpression><text>n</text></inputExpression></input>\
             <output/>{rules}</decisionTable>"
        )
    };
    let rule = |test: &str, output: &str| {
        format!("<rule><inputEntry><text>{test}</text></inputEntry>{}</rule>", entry(output))
    };
    let cell = format!("-1{}", ", -1".repeat(100_000));
    assert_eq!(survives(&looped(table("FIRST", &rule(&cell, "1")))), 2);
    let around: String = (0..5_000).map(|n| rule(&format!("[-{}..-1]", n + 2), "1")).collect();
    assert_eq!(survives(&looped(table("COLLECT", &(around + &rule("[0..1000000]", "2"))))), 2);
    let all: String = (0..5_000).map(|_| rule("-", "[1, 2, 3]")).collect();
    for policy in ["ANY", "COLLECT", "RULE ORDER", "UNIQUE"] {
        assert_eq!(survives(&looped(table(policy, &all))), 2);
    }
    let computed: String = (0..5_000).map(|n| rule(&format!("> n + {n}"), "1")).collect();
    assert_eq!(survives(&looped(table("FIRST", &computed))), 2);
}

/// Rows of large values: each is written into the explanation of the output.
#[test]
fn explanations_of_large_values() {
    let large = decision("large", &literal("for i in 1..100000 return \"0123456789\""));
    let rules: String = (0..1_000)
        .map(|_| format!("<rule><inputEntry><text>-</text></inputEntry>{}</rule>", entry("large")))
        .collect();
    let inputs = "<input><inputExpression><text>large</text></inputExpression></input>".repeat(200);
    let tests = "<inputEntry><text>-</text></inputEntry>".repeat(200);
    let body = [
        large,
        decision(
            "rows",
            &format!(
                "{}<decisionTable hitPolicy='COLLECT' aggregation='COUNT'><input><inputExpression><text>1</text>\
                 </inputExpression></input><output/>{rules}</decisionTable>",
                requires("large")
            ),
        ),
        decision(
            "columns",
            &format!(
                "{}<decisionTable>{inputs}<output/><rule>{tests}{}</rule></decisionTable>",
                requires("large"),
                entry("1")
            ),
        ),
    ];
    assert_eq!(survives(&body.concat()), 3);
}

/// Every model imports the next one twice: 2^20 ways to the last.
#[test]
fn imports_that_double() {
    let kind = "importType='https://www.omg.org/spec/DMN/20230324/MODEL/'";
    let file = |n: usize| {
        let next = n + 1;
        let imports = if n == 20 {
            String::new()
        } else {
            format!(
                "<import name='a' namespace='n{next}' {kind}/><import name='b' namespace='n{next}' {kind}/>"
            )
        };
        let needs = if n == 20 {
            literal("1")
        } else {
            format!(
                "<informationRequirement><requiredDecision href='n{next}#d'/></informationRequirement>{}",
                literal("[a.d, b.d]")
            )
        };
        definitions(&format!("{imports}{}", decision("d", &needs)))
            .replace("namespace='n'", &format!("namespace='n{n}'"))
    };
    let files: Vec<String> = (0..=20).map(file).collect();
    let imported: Vec<&[u8]> = files[1..].iter().map(String::as_bytes).collect();
    survives_with(files[0].as_bytes(), &imported);
}

#[test]
fn a_model_that_imports_itself() {
    let kind = "importType='https://www.omg.org/spec/DMN/20230324/MODEL/'";
    for name in ["self", ""] {
        let needs = "<informationRequirement><requiredDecision href='n#d'/></informationRequirement>";
        survives(&format!(
            "<import name='{name}' namespace='n' {kind}/>{}<itemDefinition name='t'><itemComponent name='a'>\
             <typeRef>self.t</typeRef></itemComponent></itemDefinition>",
            decision("d", &format!("{needs}{}", literal("self.d")))
        ));
    }
}

/// A lattice: each of two decisions needs both of the row before it.
#[test]
fn a_lattice_of_requirements() {
    let mut body = decision("l0", &literal("1")) + &decision("r0", &literal("1"));
    for n in 1..2_000 {
        let before = n - 1;
        let needs = format!("{}{}", requires(&format!("l{before}")), requires(&format!("r{before}")));
        let sum = literal(&format!("l{before} + r{before}"));
        body += &decision(&format!("l{n}"), &format!("{needs}{sum}"));
        body += &decision(&format!("r{n}"), &format!("{needs}{sum}"));
    }
    assert_eq!(survives(&body), 4_000);
    let mut nested = decision("d", &literal("1"));
    nested += "<decisionService id='s0' name='s0'><outputDecision href='#d'/></decisionService>";
    for n in 1..50 {
        let before = n - 1;
        let knows =
            format!("<knowledgeRequirement><requiredKnowledge href='#s{before}'/></knowledgeRequirement>");
        nested += &decision(
            &format!("d{n}"),
            &format!("{knows}{}", literal(&format!("s{before}() + s{before}()"))),
        );
        let _ = write!(
            nested,
            "<decisionService id='s{n}' name='s{n}'><outputDecision href='#d{n}'/></decisionService>"
        );
    }
    survives(&nested);
}
