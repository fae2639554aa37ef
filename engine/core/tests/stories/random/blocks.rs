//! Random models: blocks within blocks, each with one entry and one exit, written as BPMN.

use proptest::prelude::*;

use crate::support::*;

/// A block of a process with one entry and one exit.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    Pass,
    Job,
    Timer,
    Sequence(Vec<Block>),
    Parallel(Vec<Block>),
    Exclusive(Vec<Block>),
    SubProcess(Box<Block>, Around),
    Escalate(bool),
    Terminate(Box<Block>),
    Repeated(u8, bool),
    /// A job with a handler that undoes it.
    Undoable,
    /// Undoes everything in its scope.
    Compensate,
    /// Waits until `choice` is 3.
    Condition,
    /// Paths whose conditions hold, and an inclusive join.
    Inclusive(Vec<Block>),
    /// An inclusive join that a loop leads back to, through a job.
    Loop(Box<Block>),
    /// A transaction that is given up when `choice` is 2 at its end.
    Transaction(Box<Block>),
    /// A process of its own, called.
    Call(Box<Block>),
    /// Waits for a message.
    Message,
    /// Waits for the signal `go`.
    Signal,
    /// Broadcasts it.
    Broadcast,
    /// An ad-hoc sub-process that does all of these, or as many as its completion condition asks for.
    AdHoc(Vec<Block>, AdHoc),
}

/// How an ad-hoc sub-process goes about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdHoc {
    sequential: bool,
    /// One of them is enough.
    one: bool,
    /// Then the others are stopped.
    cancels: bool,
    /// It is multi-instance with two children.
    twice: bool,
    /// A worker chooses what begins, and says when it is done, instead of the model.
    led: bool,
}

/// What stands around a sub-process, or in it, for what is thrown inside.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Around {
    Nothing,
    Error,
    /// A boundary event, interrupting or not, for any escalation or that of code `b`.
    Escalation {
        interrupting: bool,
        any: bool,
    },
    /// An event sub-process for any escalation, interrupting or not.
    EventSubProcess {
        interrupting: bool,
    },
    /// A boundary event, interrupting or not, that goes off when `choice` becomes 1.
    Condition {
        interrupting: bool,
    },
    /// A boundary event, interrupting or not, for the signal `go`.
    Signal {
        interrupting: bool,
    },
}

fn around() -> impl Strategy<Value = Around> {
    prop_oneof![
        Just(Around::Nothing),
        Just(Around::Error),
        any::<(bool, bool)>().prop_map(|(interrupting, any)| Around::Escalation { interrupting, any }),
        any::<bool>().prop_map(|interrupting| Around::EventSubProcess { interrupting }),
        any::<bool>().prop_map(|interrupting| Around::Condition { interrupting }),
        any::<bool>().prop_map(|interrupting| Around::Signal { interrupting }),
    ]
}

pub(crate) fn block() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![
        1 => Just(Block::Pass),
        3 => Just(Block::Job),
        1 => Just(Block::Timer),
        2 => any::<bool>().prop_map(Block::Escalate),
        1 => (0..4_u8, any::<bool>()).prop_map(|(n, sequential)| Block::Repeated(n, sequential)),
        3 => Just(Block::Undoable),
        1 => Just(Block::Compensate),
        1 => Just(Block::Condition),
        1 => Just(Block::Message),
        1 => Just(Block::Signal),
        1 => Just(Block::Broadcast),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let some = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            some.clone().prop_map(Block::Sequence),
            some.clone().prop_map(Block::Parallel),
            some.clone().prop_map(Block::Exclusive),
            some.clone().prop_map(Block::Inclusive),
            (some, any::<(bool, bool, bool, bool, bool)>()).prop_map(
                |(blocks, (sequential, one, cancels, twice, led))| {
                    Block::AdHoc(blocks, AdHoc { sequential, one, cancels, twice, led })
                }
            ),
            inner.clone().prop_map(|block| Block::Loop(Box::new(block))),
            inner.clone().prop_map(|block| Block::Transaction(Box::new(block))),
            inner.clone().prop_map(|block| Block::Call(Box::new(block))),
            inner.clone().prop_map(|block| Block::Terminate(Box::new(block))),
            (inner, around()).prop_map(|(block, around)| Block::SubProcess(Box::new(block), around)),
        ]
    })
}

/// Writes blocks as elements and flows.
#[derive(Default)]
struct Writer {
    elements: String,
    paths: String,
    next: usize,
    /// Processes that are called.
    called: String,
    /// Whether end events may not stand here.
    in_ad_hoc: bool,
}

impl Writer {
    fn id(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}{}", self.next)
    }

    fn leaf(&mut self, xml: &str, id: String) -> (String, String) {
        self.elements += xml;
        (id.clone(), id)
    }

    fn flow(&mut self, from: &str, to: &str) {
        self.paths += &format!("{from} -> {to}\n");
    }

    /// The first and last element of a block.
    fn write(&mut self, block: &Block) -> (String, String) {
        match block {
            Block::Pass => self.simple("task", ""),
            Block::Job => {
                let id = self.id("job");
                self.leaf(&service(&id), id)
            }
            Block::Timer => {
                let id = self.id("timer");
                let xml = format!(
                    r#"<intermediateCatchEvent id="{id}"><timerEventDefinition><timeDuration>PT1M</timeDuration>
                       </timerEventDefinition></intermediateCatchEvent>"#
                );
                self.leaf(&xml, id)
            }
            Block::Repeated(n, sequential) => {
                let id = self.id("many");
                let items: Vec<_> = (0..*n).collect();
                let more = format!(
                    r#"<multiInstanceLoopCharacteristics isSequential="{sequential}"><extensionElements>
                       <zeebe:loopCharacteristics inputCollection="={items:?}"/></extensionElements>
                       </multiInstanceLoopCharacteristics>"#
                );
                self.leaf(&service_with(&id, &more), id)
            }
            Block::Sequence(blocks) => {
                let ends: Vec<_> = blocks.iter().map(|b| self.write(b)).collect();
                for pair in ends.windows(2) {
                    self.flow(&pair[0].1, &pair[1].0);
                }
                (ends[0].0.clone(), ends[ends.len() - 1].1.clone())
            }
            Block::Parallel(blocks) => self.gateway("parallelGateway", blocks),
            Block::Exclusive(blocks) => self.gateway("exclusiveGateway", blocks),
            Block::SubProcess(inner, around) => self.sub_process(inner, *around),
            Block::Escalate(first) => {
                let id = self.id("up");
                let xml = format!(
                    r#"<intermediateThrowEvent id="{id}">{}</intermediateThrowEvent>"#,
                    escalation(if *first { "a" } else { "b" })
                );
                self.leaf(&xml, id)
            }
            Block::Terminate(inner) => self.terminated(inner),
            Block::Undoable => self.undoable(),
            Block::Compensate => self.simple("intermediateThrowEvent", "<compensateEventDefinition/>"),
            Block::Condition => {
                let id = self.id("until");
                let xml = format!(
                    r#"<intermediateCatchEvent id="{id}">{}</intermediateCatchEvent>"#,
                    condition("choice = 3")
                );
                self.leaf(&xml, id)
            }
            Block::Inclusive(blocks) => self.inclusive(blocks),
            Block::Loop(inner) => self.looped(inner),
            Block::Transaction(inner) => self.transaction(inner),
            Block::Call(inner) => self.call(inner),
            Block::Message => {
                self.simple("intermediateCatchEvent", r#"<messageEventDefinition messageRef="message"/>"#)
            }
            Block::Signal => self.simple("intermediateCatchEvent", SIGNAL),
            Block::Broadcast => self.simple("intermediateThrowEvent", SIGNAL),
            Block::AdHoc(blocks, how) => self.ad_hoc(blocks, *how),
        }
    }

    fn simple(&mut self, tag: &str, inside: &str) -> (String, String) {
        let id = self.id(tag);
        self.leaf(&format!(r#"<{tag} id="{id}">{inside}</{tag}>"#), id)
    }

    /// Each block behind a task of its own, because a block may begin with a join.
    fn ad_hoc(&mut self, blocks: &[Block], how: AdHoc) -> (String, String) {
        let id = self.id("ad-hoc");
        let mut inside = Writer { in_ad_hoc: true, ..self.inside() };
        let mut begun = Vec::new();
        for block in blocks {
            let task = inside.id("task");
            let (first, _) = inside.write(block);
            inside.elements += &format!(r#"<task id="{task}"/>"#);
            inside.flow(&task, &first);
            begun.push(format!("&quot;{task}&quot;"));
        }
        let written = self.take(inside);
        let ordering = if how.sequential { "Sequential" } else { "Parallel" };
        let condition =
            if how.one && !how.led { "<completionCondition>=true</completionCondition>" } else { "" };
        let twice = "<multiInstanceLoopCharacteristics><loopCardinality>=2</loopCardinality></multiInstanceLoopCharacteristics>";
        let twice = if how.twice { twice } else { Default::default() };
        let who = if how.led {
            format!(r#"<zeebe:taskDefinition type="{id}"/>"#)
        } else {
            format!(r#"<zeebe:adHoc activeElementsCollection="=[{}]"/>"#, begun.join(", "))
        };
        let xml = format!(
            r#"<adHocSubProcess id="{id}" ordering="{ordering}" cancelRemainingInstances="{}">
               <extensionElements>{who}</extensionElements>{written}{twice}{condition}</adHocSubProcess>"#,
            how.cancels || how.led
        );
        self.leaf(&xml, id)
    }

    fn undoable(&mut self) -> (String, String) {
        let [id, event, handler] = ["job", "undone", "handler"].map(|kind| self.id(kind));
        let handles =
            service(&handler).replacen("<serviceTask", r#"<serviceTask isForCompensation="true""#, 1);
        let xml = format!(
            r#"{}<boundaryEvent id="{event}" attachedToRef="{id}"><compensateEventDefinition/></boundaryEvent>{handles}
               <association id="{event}-{handler}" associationDirection="One" sourceRef="{event}" targetRef="{handler}"/>"#,
            service(&id)
        );
        self.leaf(&xml, id)
    }

    fn inclusive(&mut self, blocks: &[Block]) -> (String, String) {
        let (split, merge) = (self.id("split"), self.id("merge"));
        let ends: Vec<_> = blocks.iter().map(|block| self.write(block)).collect();
        for (i, (first, last)) in ends.iter().enumerate() {
            // The first one is the default, and goes with all others.
            self.paths += &match i {
                0 => format!("{split} -> {first}\n"),
                _ => format!("{split} -[=choice >= {i}]-> {first}\n"),
            };
            self.flow(last, &merge);
        }
        let tag = "inclusiveGateway";
        self.elements += &format!(r#"<{tag} id="{split}"/><{tag} id="{merge}"/>"#);
        (split, merge)
    }

    fn looped(&mut self, inner: &Block) -> (String, String) {
        let [join, split, again, out] = ["join", "split", "job", "task"].map(|kind| self.id(kind));
        let (first, last) = self.write(inner);
        self.elements += &format!(
            r#"<inclusiveGateway id="{join}"/><exclusiveGateway id="{split}" default="{split}-{out}"/>{}<task id="{out}"/>"#,
            service(&again)
        );
        for (from, to) in [(&join, &first), (&last, &split), (&split, &out), (&again, &join)] {
            self.flow(from, to);
        }
        self.paths += &format!("{split} -[=choice = 1]-> {again}\n");
        (join, out)
    }

    fn transaction(&mut self, inner: &Block) -> (String, String) {
        let id = self.id("transaction");
        let mut inside = self.inside();
        let (first, last) = inside.write(inner);
        let [start, split, end, stop] = ["start", "split", "end", "stop"].map(|kind| inside.id(kind));
        for (from, to) in [(&start, &first), (&last, &split), (&split, &end)] {
            inside.flow(from, to);
        }
        inside.paths += &format!("{split} -[=choice = 2]-> {stop}\n");
        let written = self.take(inside);
        self.elements += &format!(
            r#"<transaction id="{id}"><startEvent id="{start}"/>
               <exclusiveGateway id="{split}" default="{split}-{end}"/>{written}<endEvent id="{end}"/>
               <endEvent id="{stop}"><cancelEventDefinition/></endEvent></transaction>"#
        );
        self.boundary(&id, true, "<cancelEventDefinition/>");
        (id.clone(), id)
    }

    fn call(&mut self, inner: &Block) -> (String, String) {
        let id = self.id("call");
        let mut inside = self.inside();
        let (first, last) = inside.write(inner);
        let (start, end) = (inside.id("start"), inside.id("end"));
        inside.flow(&start, &first);
        inside.flow(&last, &end);
        let called = format!("called-{id}");
        let written = self.take(inside);
        self.called += &format!(
            r#"<process id="{called}" isExecutable="true"><startEvent id="{start}"/>{written}<endEvent id="{end}"/></process>"#
        );
        let xml = format!(
            r#"<callActivity id="{id}"><extensionElements><zeebe:calledElement processId="{called}"/></extensionElements>
               </callActivity>"#
        );
        self.leaf(&xml, id)
    }

    /// A writer for what stands inside a container.
    fn inside(&self) -> Writer {
        Writer { next: self.next, ..Writer::default() }
    }

    /// What was written inside, as XML.
    fn take(&mut self, inside: Writer) -> String {
        self.next = inside.next;
        self.called += &inside.called;
        inside.elements + &flows(&inside.paths)
    }

    fn gateway(&mut self, tag: &str, blocks: &[Block]) -> (String, String) {
        let (split, merge) = (self.id("split"), self.id("merge"));
        let default = if tag == "exclusiveGateway" && blocks.len() > 1 { "default" } else { "" };
        let mut attribute = String::new();
        let ends: Vec<_> = blocks.iter().map(|b| self.write(b)).collect();
        for (i, (first, last)) in ends.iter().enumerate() {
            if !default.is_empty() && i == 0 {
                attribute = format!(r#" default="{split}-{first}""#);
            }
            if default.is_empty() || i == 0 {
                self.flow(&split, first);
            } else {
                self.paths += &format!("{split} -[=choice = {i}]-> {first}\n");
            }
            self.flow(last, &merge);
        }
        self.elements += &format!(r#"<{tag} id="{split}"{attribute}/><{tag} id="{merge}"/>"#);
        (split, merge)
    }

    /// A sub-process in which a block runs beside a job that ends everything in it.
    fn terminated(&mut self, inner: &Block) -> (String, String) {
        let id = self.id("sub");
        let mut inside = self.inside();
        let (first, last) = inside.write(inner);
        let [start, split, job, end, stop] = ["start", "split", "job", "end", "stop"].map(|k| inside.id(k));
        for (from, to) in [(&start, &split), (&split, &first), (&split, &job), (&last, &end), (&job, &stop)] {
            inside.flow(from, to);
        }
        let written = self.take(inside);
        self.elements += &format!(
            r#"<subProcess id="{id}"><startEvent id="{start}"/><parallelGateway id="{split}"/>{written}{}
               <endEvent id="{end}"/><endEvent id="{stop}"><terminateEventDefinition/></endEvent></subProcess>"#,
            service(&job)
        );
        (id.clone(), id)
    }

    fn sub_process(&mut self, inner: &Block, around: Around) -> (String, String) {
        let id = self.id("sub");
        let mut inside = self.inside();
        let (first, last) = inside.write(inner);
        let (start, end) = (inside.id("start"), inside.id("end"));
        inside.flow(&start, &first);
        inside.flow(&last, &end);
        if let Around::EventSubProcess { interrupting } = around {
            inside.event_sub_process(interrupting);
        }
        let written = self.take(inside);
        self.elements += &format!(
            r#"<subProcess id="{id}"><startEvent id="{start}"/>{written}<endEvent id="{end}"/></subProcess>"#
        );
        match around {
            Around::Nothing | Around::EventSubProcess { .. } => {}
            Around::Error => self.boundary(&id, true, "<errorEventDefinition/>"),
            Around::Escalation { interrupting, any } => {
                self.boundary(&id, interrupting, &escalation(if any { "" } else { "b" }));
            }
            Around::Condition { interrupting } => self.boundary(&id, interrupting, &condition("choice = 1")),
            Around::Signal { interrupting } => self.boundary(&id, interrupting, SIGNAL),
        }
        (id.clone(), id)
    }

    fn boundary(&mut self, host: &str, interrupting: bool, definition: &str) {
        let (event, job) = (self.id("caught"), self.id("job"));
        self.elements += &format!(
            r#"<boundaryEvent id="{event}" attachedToRef="{host}" cancelActivity="{interrupting}">{definition}
               </boundaryEvent>{}"#,
            service(&job)
        );
        self.flow(&event, &job);
        if !self.in_ad_hoc {
            let end = self.id("end");
            self.elements += &format!(r#"<endEvent id="{end}"/>"#);
            self.flow(&job, &end);
        }
    }

    fn event_sub_process(&mut self, interrupting: bool) {
        let [id, start, job, end] = ["handler", "start", "job", "end"].map(|kind| self.id(kind));
        self.elements += &format!(
            r#"<subProcess id="{id}" triggeredByEvent="true"><startEvent id="{start}" isInterrupting="{interrupting}">
               {}</startEvent>{}<endEvent id="{end}"/>{}</subProcess>"#,
            escalation(""),
            service(&job),
            flows(&format!("{start} -> {job}\n{job} -> {end}\n"))
        );
    }
}

/// An escalation event definition; without a code for any.
fn escalation(code: &str) -> String {
    if code.is_empty() {
        return "<escalationEventDefinition/>".to_owned();
    }
    format!(r#"<escalationEventDefinition escalationRef="escalation-{code}"/>"#)
}

const SIGNAL: &str = r#"<signalEventDefinition signalRef="signal"/>"#;

fn condition(text: &str) -> String {
    format!("<conditionalEventDefinition><condition>={text}</condition></conditionalEventDefinition>")
}

/// The processes of a model: `p` first, then those that are called.
pub(crate) fn model(block: &Block) -> String {
    let mut writer = Writer::default();
    let (first, last) = writer.write(block);
    writer.flow("s", &first);
    writer.flow(&last, "e");
    let elements = format!(r#"<startEvent id="s"/>{}<endEvent id="e"/>"#, writer.elements);
    let roots =
        ["a", "b"].map(|code| format!(r#"<escalation id="escalation-{code}" escalationCode="{code}"/>"#));
    let named = r#"<signal id="signal" name="go"/><message id="message" name="go"><extensionElements>
        <zeebe:subscription correlationKey="=1"/></extensionElements></message>"#;
    roots.concat() + named + &process("p", &elements, &writer.paths) + &writer.called
}
