//! A reference model of joins and scopes: tokens on flows and work at tasks, nothing else. Random graphs, structured or
//! not, with loops, run beside it; after every completed job both show the same work and the same end.
//!
//! The reset of the complex gateway follows the same rule (13.4.5); its activation is a race, so the reference moves
//! tokens in the order in which they set out.
//!
//! The inclusive join is the sentence of the specification (13.4.3), walked forward over the graph for every token; the
//! engine searches backward when it compiles and looks bits up. They share no line.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;

use crate::support::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Job,
    /// A job with an interrupting boundary event, by which its last flow leaves.
    Caught,
    Pass,
    Exclusive,
    Parallel,
    Inclusive,
    /// Activated by two tokens, or by one where only one can come; its last flow of several is for its reset.
    Complex,
}

impl Kind {
    fn is_job(self) -> bool {
        matches!(self, Self::Job | Self::Caught)
    }
}

/// Nodes with their outgoing edges; node 0 is where the start event leads.
#[derive(Clone, Debug)]
struct Graph {
    kinds: Vec<Kind>,
    edges: Vec<(usize, usize)>,
}

fn graph() -> impl Strategy<Value = Graph> {
    let kind = prop_oneof![
        3 => Just(Kind::Job),
        1 => Just(Kind::Caught),
        1 => Just(Kind::Pass),
        2 => Just(Kind::Exclusive),
        2 => Just(Kind::Parallel),
        4 => Just(Kind::Inclusive),
        2 => Just(Kind::Complex),
    ];
    let seeds = prop::collection::vec(any::<Seed>(), 0..14);
    (prop::collection::vec(kind, 2..10), prop::collection::vec(any::<usize>(), 10), seeds).prop_map(connect)
}

/// One end, the other, and whether the edge may lead back.
type Seed = (usize, usize, bool);

/// Every node has a way from node 0; further edges lead on, and back only from jobs, so nothing runs for ever alone.
fn connect((kinds, parents, seeds): (Vec<Kind>, Vec<usize>, Vec<Seed>)) -> Graph {
    let mut edges: Vec<_> = (1..kinds.len()).map(|node| (parents[node] % node, node)).collect();
    for (a, b, back) in seeds {
        let (a, b) = (a % kinds.len(), b % kinds.len());
        let edge = if back && kinds[a].is_job() { (a.max(b), a.min(b)) } else { (a.min(b), a.max(b)) };
        let leads_on = edge.0 < edge.1 || kinds[edge.0].is_job();
        if leads_on && !edges.contains(&edge) {
            edges.push(edge);
        }
    }
    Graph { kinds, edges }
}

impl Graph {
    fn outgoing(&self, node: usize) -> Vec<usize> {
        (0..self.edges.len()).filter(|edge| self.edges[*edge].0 == node).collect()
    }

    /// The flow of the start event comes after the edges; it leads to node 0.
    fn incoming(&self, node: usize) -> Vec<usize> {
        (0..=self.edges.len()).filter(|edge| self.target(*edge) == node).collect()
    }

    fn target(&self, edge: usize) -> usize {
        self.edges.get(edge).map_or(0, |(_, to)| *to)
    }

    /// The edges by which a job leaves when it is done, and when it fails.
    fn exits(&self, node: usize) -> (Vec<usize>, Vec<usize>) {
        let mut done = self.outgoing(node);
        let failed = if self.kinds[node] == Kind::Caught { done.pop() } else { None };
        (done, failed.into_iter().collect())
    }

    /// How many tokens activate a complex gateway.
    fn needed(&self, node: usize) -> u32 {
        if self.incoming(node).len() > 1 { 2 } else { 1 }
    }

    fn model(&self) -> String {
        let mut elements = r#"<startEvent id="s"/>"#.to_owned();
        let mut paths = "s -> n0\n".to_owned();
        for (node, kind) in self.kinds.iter().enumerate() {
            let out = self.outgoing(node);
            let id = format!("n{node}");
            let default = match out.last() {
                Some(last) if out.len() > 1 => format!(r#" default="{id}-n{}""#, self.edges[*last].1),
                _ => String::new(),
            };
            elements += &match kind {
                Kind::Job => service(&id),
                Kind::Caught => {
                    service(&id)
                        + &format!(
                            r#"<boundaryEvent id="b{node}" attachedToRef="{id}"><errorEventDefinition/></boundaryEvent>"#
                        )
                }
                Kind::Pass => format!(r#"<task id="{id}"/>"#),
                Kind::Exclusive => format!(r#"<exclusiveGateway id="{id}"{default}/>"#),
                Kind::Parallel => format!(r#"<parallelGateway id="{id}"/>"#),
                Kind::Inclusive => format!(r#"<inclusiveGateway id="{id}"{default}/>"#),
                Kind::Complex => format!(
                    r#"<complexGateway id="{id}"><activationCondition>=activationCount &gt;= {}</activationCondition></complexGateway>"#,
                    self.needed(node)
                ),
            };
            for (i, edge) in out.iter().enumerate() {
                let to = self.edges[*edge].1;
                let last = i + 1 == out.len();
                paths += &match kind {
                    Kind::Exclusive if !last => format!("{id} -[=choice = {i}]-> n{to}\n"),
                    Kind::Inclusive if !last => format!("{id} -[=choice > {i}]-> n{to}\n"),
                    Kind::Complex if last && out.len() > 1 => {
                        format!("{id} -[=not(waitingForStart)]-> n{to}\n")
                    }
                    Kind::Caught if last => format!("b{node} -> n{to}\n"),
                    _ => format!("{id} -> n{to}\n"),
                };
            }
        }
        process("p", &elements, &paths)
    }
}

/// Tokens per edge, and work per node.
struct Reference<'a> {
    graph: &'a Graph,
    choice: usize,
    tokens: Vec<u32>,
    /// Tokens on their way, in the order in which they set out.
    moving: VecDeque<usize>,
    jobs: BTreeMap<usize, u32>,
    /// Complex gateways that wait for their reset, and the edges they took a token from.
    resets: BTreeMap<usize, Vec<usize>>,
}

impl<'a> Reference<'a> {
    fn new(graph: &'a Graph, choice: usize) -> Self {
        let tokens = vec![0; graph.edges.len() + 1];
        let (moving, jobs, resets) = (VecDeque::new(), BTreeMap::new(), BTreeMap::new());
        let mut reference = Self { graph, choice, tokens, moving, jobs, resets };
        reference.put(graph.edges.len());
        reference.run();
        reference
    }

    fn put(&mut self, edge: usize) {
        self.tokens[edge] += 1;
        self.moving.push_back(edge);
    }

    /// Tokens go as far as they can; only then the joins that look upstream do so, the first in order goes on.
    fn run(&mut self) {
        loop {
            while let Some(edge) = self.moving.pop_front() {
                let node = self.graph.target(edge);
                let waits = self.looks_upstream(node) || self.resets.contains_key(&node);
                if self.tokens[edge] > 0 && !waits {
                    self.go_on(node, Some(edge));
                }
            }
            let joins = (0..self.graph.kinds.len())
                .filter(|node| self.looks_upstream(*node) || self.graph.kinds[*node] == Kind::Complex);
            if !joins.collect::<Vec<_>>().into_iter().any(|node| self.go_on(node, None)) {
                return;
            }
        }
    }

    fn looks_upstream(&self, node: usize) -> bool {
        self.graph.kinds[node] == Kind::Inclusive && self.graph.incoming(node).len() > 1
    }

    fn go_on(&mut self, node: usize, arrived: Option<usize>) -> bool {
        let Some(needs) = self.needs(node, arrived) else { return false };
        for edge in &needs {
            self.tokens[*edge] -= 1;
        }
        self.enter(node, needs);
        true
    }

    /// The tokens that make a node begin.
    fn needs(&self, node: usize, arrived: Option<usize>) -> Option<Vec<usize>> {
        let incoming = self.graph.incoming(node);
        let full: Vec<_> = incoming.iter().copied().filter(|edge| self.tokens[*edge] > 0).collect();
        if let Some(taken) = self.resets.get(&node) {
            let came: Vec<_> = full.iter().chain(taken).copied().collect();
            let others = full.into_iter().filter(|edge| !taken.contains(edge)).collect();
            return (!self.is_awaited(node, &came)).then_some(others);
        }
        match self.graph.kinds[node] {
            _ if full.is_empty() => None,
            Kind::Parallel => (full.len() == incoming.len()).then_some(full),
            Kind::Inclusive => (!self.is_awaited(node, &full)).then_some(full),
            Kind::Complex => {
                let count: u32 = incoming.iter().map(|edge| self.tokens[*edge]).sum();
                (count >= self.graph.needed(node)).then_some(full)
            }
            _ => Some(vec![arrived.unwrap_or(full[0])]),
        }
    }

    /// Whether a path from a token leads to an empty incoming edge of the join, and none from it to a full one.
    fn is_awaited(&self, join: usize, full: &[usize]) -> bool {
        let on_edges = (0..self.tokens.len()).filter(|edge| self.tokens[*edge] > 0).map(|edge| vec![edge]);
        let at_jobs = self.jobs.keys().map(|node| self.graph.outgoing(*node));
        on_edges.chain(at_jobs).any(|from| {
            let reached: Vec<usize> =
                self.walk(from, join).into_iter().filter(|edge| self.graph.target(*edge) == join).collect();
            !reached.is_empty() && !reached.iter().any(|edge| full.contains(edge))
        })
    }

    /// Every edge on a path from these that does not pass the join.
    fn walk(&self, mut todo: Vec<usize>, join: usize) -> Vec<usize> {
        let mut seen = Vec::new();
        while let Some(edge) = todo.pop() {
            if !seen.contains(&edge) {
                seen.push(edge);
                if self.graph.target(edge) != join {
                    todo.extend(self.graph.outgoing(self.graph.target(edge)));
                }
            }
        }
        seen
    }

    fn enter(&mut self, node: usize, taken: Vec<usize>) {
        if self.graph.kinds[node].is_job() {
            *self.jobs.entry(node).or_insert(0) += 1;
            return;
        }
        let mut out = self.graph.outgoing(node);
        match self.graph.kinds[node] {
            Kind::Exclusive if !out.is_empty() => out = vec![out[self.choice.min(out.len() - 1)]],
            Kind::Inclusive if !out.is_empty() => {
                let holds = self.choice.min(out.len() - 1);
                out = if holds == 0 { vec![out[out.len() - 1]] } else { out[..holds].to_vec() };
            }
            Kind::Complex => {
                let for_reset = if out.len() > 1 { out.pop() } else { None };
                if self.resets.remove(&node).is_some() {
                    out = for_reset.into_iter().collect();
                } else {
                    self.resets.insert(node, taken);
                }
            }
            _ => {}
        }
        for edge in out {
            self.put(edge);
        }
    }

    fn finish(&mut self, node: usize, fails: bool) {
        let count = self.jobs.get_mut(&node).expect("a job");
        *count -= 1;
        if *count == 0 {
            self.jobs.remove(&node);
        }
        let (done, failed) = self.graph.exits(node);
        for edge in if fails { failed } else { done } {
            self.put(edge);
        }
        self.run();
    }

    fn work(&self) -> String {
        let each =
            self.jobs.iter().flat_map(|(node, n)| std::iter::repeat_n(format!("n{node}"), *n as usize));
        each.collect::<Vec<_>>().join(" ")
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_core_does_what_the_reference_does(
        graph in graph(),
        choice in 0..3_usize,
        dice in prop::collection::vec(any::<usize>(), 0..25),
    ) {
        let mut reference = Reference::new(&graph, choice);
        let mut world = World::start(&graph.model(), &format!(r#"{{"choice": {choice}}}"#));
        for die in dice {
            prop_assert_eq!(world.active(), reference.work());
            prop_assert_eq!(world.state().is_ended(), reference.jobs.is_empty());
            let jobs: Vec<_> = reference.jobs.keys().copied().collect();
            if jobs.is_empty() {
                break;
            }
            let node = jobs[die % jobs.len()];
            let fails = graph.kinds[node] == Kind::Caught && die % 3 == 0;
            if fails {
                world.throw(&format!("n{node}"), "E", "{}");
            } else {
                world.complete(&format!("n{node}"), "{}");
            }
            reference.finish(node, fails);
        }
        prop_assert_eq!(world.active(), reference.work());
        prop_assert_eq!(world.state().is_ended(), reference.jobs.is_empty());
    }
}
