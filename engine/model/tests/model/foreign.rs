//! The same process as other tools would write it: prefixes, encodings, comments in odd places, extensions nobody knows,
//! attributes of every vendor. What is standard BPMN compiles to the same elements, whoever wrote it; what another engine
//! would do is found, with its place.

use hosk_model::{Compiled, Diagnostic, compile};

/// How a tool writes.
#[derive(Clone, Copy, Debug)]
struct Tool {
    /// The prefix of BPMN, with its colon; empty for the default namespace.
    prefix: &'static str,
    encoding: Encoding,
    noise: Noise,
    vendor: &'static Vendor,
}

#[derive(Clone, Copy, Debug)]
enum Encoding {
    Utf8,
    Utf8WithMark,
    Utf16Little,
    Utf16Big,
}

/// What stands between the elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Noise {
    /// One line.
    None,
    /// Comments and processing instructions wherever XML allows them, also inside texts.
    Comments,
    /// Texts in CDATA, white space as character references and line breaks.
    Whitespace,
    /// Single quotes and attributes in another order.
    Quotes,
}

/// What a vendor adds.
#[derive(Debug)]
struct Vendor {
    name: &'static str,
    /// Namespaces and attributes of `definitions`.
    definitions: &'static str,
    /// Attributes of every flow node.
    attributes: &'static str,
    /// In `extensionElements` of every flow node; `@` is the BPMN prefix.
    extensions: &'static str,
    /// Beside the process.
    roots: &'static str,
    /// The findings, each once per file.
    findings: &'static [&'static str],
}

const VENDORS: [Vendor; 8] = [
    Vendor { name: "plain", definitions: "", attributes: "", extensions: "", roots: "", findings: &[] },
    Vendor {
        name: "Signavio",
        definitions: "xmlns:signavio='http://www.signavio.com' exporter='Signavio Process Editor, http://www.signavio.com' exporterVersion='17.3' expressionLanguage='http://www.w3.org/1999/XPath'",
        attributes: "isForCompensation='false' completionQuantity='1' startQuantity='1' signavio:shape='round'",
        extensions: "<signavio:signavioMetaData metaKey='bgcolor' metaValue='#ffffcc'/><signavio:signavioLabel x='1.5' ref='text_name'/>",
        roots: "<@relationship type='x'><@source>task</@source><@target>task</@target></@relationship>",
        findings: &[],
    },
    Vendor {
        name: "Bizagi",
        definitions: "xmlns:xsd='http://www.w3.org/2001/XMLSchema'",
        attributes: "",
        extensions: "<bizagi:BizagiExtensions xmlns:bizagi='http://www.bizagi.com/bpmn20'><bizagi:BizagiProperties><bizagi:BizagiProperty name='bgColor' value='White'/></bizagi:BizagiProperties></bizagi:BizagiExtensions>",
        roots: "<@category id='Id_category' name='all'><@categoryValue id='Id_value' value='v'/></@category>",
        findings: &[],
    },
    Vendor {
        name: "Eclipse BPMN2 modeler",
        definitions: "xmlns:ext='http://org.eclipse.bpmn2/ext' xmlns:xs='http://www.w3.org/2001/XMLSchema' exporter='org.eclipse.bpmn2.modeler.core'",
        attributes: "",
        extensions: "<ext:style/><ext:deep><ext:deeper xmlns='urn:nobody'><task id='none'/></ext:deeper></ext:deep>",
        roots: "<@itemDefinition id='I1' isCollection='false' structureRef='xs:boolean'/><@interface id='If' name='i'><@operation id='Op' name='o'><@inMessageRef>Ms</@inMessageRef></@operation></@interface><@message id='Ms' itemRef='I1' name='m'/>",
        findings: &[],
    },
    Vendor {
        name: "Camunda 7",
        definitions: "xmlns:camunda='http://camunda.org/schema/1.0/bpmn' xmlns:modeler='http://camunda.org/schema/modeler/1.0' modeler:executionPlatform='Camunda Platform'",
        attributes: "camunda:asyncBefore='true'",
        extensions: "<camunda:properties><camunda:property name='a' value='b'/></camunda:properties>",
        roots: "",
        findings: &["camunda-seven-extension"],
    },
    Vendor {
        name: "Activiti",
        definitions: "xmlns:activiti='http://activiti.org/bpmn' typeLanguage='http://www.w3.org/2001/XMLSchema'",
        attributes: "activiti:exclusive='false'",
        extensions: "<activiti:formProperty id='p' name='P' type='string'/>",
        roots: "",
        findings: &["foreign-extension"],
    },
    Vendor {
        name: "Flowable",
        definitions: "xmlns:flowable='http://flowable.org/bpmn' xmlns:design='http://flowable.org/design'",
        attributes: "flowable:async='true'",
        extensions: "<design:stencilid><![CDATA[FormTask]]></design:stencilid>",
        roots: "",
        findings: &["foreign-extension"],
    },
    Vendor {
        name: "jBPM",
        definitions: "xmlns:drools='http://www.jboss.org/drools' xmlns:bpsim='http://www.bpsim.org/schemas/1.0' exporter='jBPM Process Modeler'",
        attributes: "drools:selectable='true'",
        extensions: "<drools:metaData name='elementname'><drools:metaValue><![CDATA[Step & more]]></drools:metaValue></drools:metaData>",
        roots: "<@itemDefinition id='_amountItem' structureRef='Integer'/>",
        findings: &["foreign-extension"],
    },
];

const PREFIXES: [&str; 5] = ["bpmn:", "bpmn2:", "semantic:", "", "ns-0.x:"];
const ENCODINGS: [Encoding; 4] =
    [Encoding::Utf8, Encoding::Utf8WithMark, Encoding::Utf16Little, Encoding::Utf16Big];
const NOISES: [Noise; 4] = [Noise::None, Noise::Comments, Noise::Whitespace, Noise::Quotes];

/// The process: every flow node has `~` where the vendor's part goes, `@` before every BPMN name.
const PROCESS: &str = "<@process id='order' name='Größe &lt; ∞' isExecutable='true'><@startEvent id='start' name='Start'>~\
    <@outgoing>f1</@outgoing></@startEvent><@userTask id='task' name='Check &amp; sign'>~<@incoming>f1</@incoming>\
    <@outgoing>f2</@outgoing></@userTask><@exclusiveGateway id='choice' default='f4'>~<@incoming>f2</@incoming>\
    <@outgoing>f3</@outgoing><@outgoing>f4</@outgoing></@exclusiveGateway><@endEvent id='good'>~<@incoming>f3</@incoming>\
    </@endEvent><@endEvent id='bad'>~<@incoming>f4</@incoming></@endEvent>\
    <@boundaryEvent id='late' attachedToRef='task'>~<@outgoing>f5</@outgoing><@timerEventDefinition id='timer'>\
    <@timeDuration xsi:type='@tFormalExpression'>PT1H</@timeDuration></@timerEventDefinition></@boundaryEvent>\
    <@sequenceFlow id='f1' sourceRef='start' targetRef='task'/><@sequenceFlow id='f2' sourceRef='task' targetRef='choice'/>\
    <@sequenceFlow id='f3' name='yes' sourceRef='choice' targetRef='good'><@conditionExpression \
    xsi:type='@tFormalExpression'>amount &gt; 5</@conditionExpression></@sequenceFlow>\
    <@sequenceFlow id='f4' sourceRef='choice' targetRef='bad'/><@sequenceFlow id='f5' sourceRef='late' targetRef='bad'/>\
    </@process>";

impl Tool {
    fn text(self) -> String {
        let Vendor { definitions, attributes, extensions, roots, .. } = *self.vendor;
        let wrapped = match extensions {
            "" => String::new(),
            _ => format!("<@extensionElements>{extensions}</@extensionElements>"),
        };
        // The vendor's attributes go into the tags that have a `~` behind them.
        let process = PROCESS.replace(">~", &format!(" {attributes}>{wrapped}"));
        let namespace = match self.prefix.trim_end_matches(':') {
            "" => "xmlns".to_owned(),
            prefix => format!("xmlns:{prefix}"),
        };
        let body = format!(
            "<@definitions {namespace}='http://www.omg.org/spec/BPMN/20100524/MODEL' \
             xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' \
             xsi:schemaLocation='http://www.omg.org/spec/BPMN/20100524/MODEL BPMN20.xsd' targetNamespace='urn:t' \
             {definitions}>{roots}{process}<di:BPMNDiagram id='d'><di:BPMNPlane id='pl' bpmnElement='order'/>\
             </di:BPMNDiagram></@definitions>"
        );
        let body = body.replace('@', self.prefix);
        let encoding = match self.encoding {
            Encoding::Utf8 | Encoding::Utf8WithMark => "UTF-8",
            Encoding::Utf16Little | Encoding::Utf16Big => "UTF-16",
        };
        format!("<?xml version='1.0' encoding='{encoding}'?>{}", self.noise.over(&body))
    }

    fn bytes(self) -> Vec<u8> {
        let text = self.text();
        match self.encoding {
            Encoding::Utf8 => text.into_bytes(),
            Encoding::Utf8WithMark => [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat(),
            Encoding::Utf16Little => {
                let units = text.encode_utf16().flat_map(u16::to_le_bytes);
                [0xFF, 0xFE].into_iter().chain(units).collect()
            }
            Encoding::Utf16Big => {
                let units = text.encode_utf16().flat_map(u16::to_be_bytes);
                [0xFE, 0xFF].into_iter().chain(units).collect()
            }
        }
    }
}

impl Noise {
    fn over(self, text: &str) -> String {
        match self {
            Self::None => text.to_owned(),
            Self::Comments => {
                let inside = text
                    .replace(">f1<", ">f<!-- one -->1<")
                    .replace(">PT1H<", "><!-- an -->PT<?unit hours?>1H<!-- hour --><");
                let between = inside.replace("/><", "/>\n<!-- <between> -- none -->\n<?tool x?><");
                format!("<!-- first -->{}<!-- last -->", between.replace(" -- none", ""))
            }
            Self::Whitespace => {
                let texts = text
                    .replace(">PT1H<", ">\r\n\t<![CDATA[PT1H]]>\r\n<")
                    .replace(">f2<", ">\n  f2\n<")
                    .replace("amount &gt; 5", "amount &#62;&#x0A;\t5");
                texts.replace(" id='", "\n\t id = '").replace("><", ">\r\n  <")
            }
            Self::Quotes => {
                let swapped: String = text.chars().map(|c| if c == '\'' { '"' } else { c }).collect();
                swapped.replace(
                    "id=\"f1\" sourceRef=\"start\" targetRef=\"task\"",
                    "targetRef=\"task\" sourceRef=\"start\" id=\"f1\"",
                )
            }
        }
    }
}

/// Every way of writing.
fn tools() -> impl Iterator<Item = Tool> {
    VENDORS.iter().flat_map(|vendor| {
        PREFIXES.iter().flat_map(move |prefix| {
            ENCODINGS.iter().flat_map(move |encoding| {
                NOISES.map(|noise| Tool { prefix, encoding: *encoding, noise, vendor })
            })
        })
    })
}

fn elements(compiled: &Compiled) -> Vec<String> {
    let [process] = &compiled.processes[..] else { return Vec::new() };
    let name = process.name.as_deref().unwrap_or_default();
    let timer = |kind: &hosk_model::ElementKind| format!("{kind:?}");
    let of = |e: &hosk_model::Element| match &*e.id {
        "late" => format!("late {} {:?}", timer(&e.kind).contains("PT1H"), e.outgoing),
        id => format!("{id} {:?} {:?} {:?}", e.name, e.incoming, e.outgoing),
    };
    let conditions = process.flows.values().filter_map(|flow| flow.condition.as_ref());
    let reads = conditions.map(|condition| format!("{:?}", condition.variables()));
    std::iter::once(name.to_owned()).chain(reads).chain(process.elements.iter().map(of)).collect()
}

#[test]
fn whoever_wrote_it_it_is_the_same_process() {
    let plain = Tool { prefix: "bpmn:", encoding: Encoding::Utf8, noise: Noise::None, vendor: &VENDORS[0] };
    let expected = elements(&compile(&plain.bytes(), "plain.bpmn"));
    assert!(expected.len() > 10, "{expected:#?}");
    for tool in tools() {
        let compiled = compile(&tool.bytes(), "foreign.bpmn");
        let found: Vec<&str> = compiled.diagnostics.iter().map(|d| d.code.as_str()).collect();
        assert_eq!(found, tool.vendor.findings, "{tool:?}: {:#?}\n{}", compiled.diagnostics, tool.text());
        assert_eq!(elements(&compiled), expected, "{} {tool:?}\n{}", tool.vendor.name, tool.text());
    }
}

/// What other engines put into a task, where it is done by a class, a script of theirs or a person they name.
const STRANGE: [&str; 6] = [
    "<@serviceTask id='t' activiti:class='com.example.Work'/>",
    "<@serviceTask id='t' flowable:delegateExpression='${work}'/>",
    "<@scriptTask id='t' scriptFormat='groovy'><@script>println 1</@script></@scriptTask>",
    "<@businessRuleTask id='t' drools:ruleFlowGroup='rules'/>",
    "<@task id='t' drools:taskName='Email'><@ioSpecification><@dataInput id='in' name='To'/><@inputSet/><@outputSet/></@ioSpecification></@task>",
    "<@sendTask id='t' implementation='##WebService' operationRef='Nothing'/>",
];

#[test]
fn what_another_engine_would_do_is_found_in_its_place() {
    for task in STRANGE {
        for prefix in PREFIXES {
            let namespace = if prefix.is_empty() {
                "xmlns".to_owned()
            } else {
                format!("xmlns:{}", prefix.trim_end_matches(':'))
            };
            let text = format!(
                "<@definitions {namespace}='http://www.omg.org/spec/BPMN/20100524/MODEL'\n \
                 xmlns:activiti='http://activiti.org/bpmn' xmlns:flowable='http://flowable.org/bpmn'\n \
                 xmlns:drools='http://www.jboss.org/drools'>\n<@process id='p' isExecutable='true'>\n\
                 <@startEvent id='s'/>\n{task}\n<@sequenceFlow id='f' sourceRef='s' targetRef='t'/>\n\
                 </@process>\n</@definitions>"
            )
            .replace('@', prefix);
            let compiled = compile(text.as_bytes(), "strange.bpmn");
            let in_place =
                |d: &&Diagnostic| d.position.line == 6 && d.position.column >= 1 && !d.remedy.is_empty();
            assert!(compiled.diagnostics.iter().any(|d| in_place(&d)), "{:#?}\n{text}", compiled.diagnostics);
        }
    }
}
