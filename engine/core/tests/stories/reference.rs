//! A reference model of joins and scopes: tokens on flows and work at tasks, thirty lines, nothing else. Random graphs,
//! structured or not, with loops, run beside it; after every completed job both show the same work and the same end.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::support::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Job,
    Pass,
    Exclusive,
    Parallel,
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
        1 => Just(Kind::Pass),
        2 => Just(Kind::Exclusive),
        3 => Just(Kind::Parallel),
    ];
    let seeds = prop::collection::vec(any::<Seed>(), 0..10);
    (prop::collection::vec(kind, 2..10), prop::collection::vec(any::<usize>(), 10), seeds).prop_map(connect)
}

/// One end, the other, and whether the edge may lead back.
type Seed = (usize, usize, bool);

/// Every node has a way from node 0; further edges lead on, and back only from jobs, so nothing runs for ever alone.
fn connect((kinds, parents, seeds): (Vec<Kind>, Vec<usize>, Vec<Seed>)) -> Graph {
    let mut edges: Vec<_> = (1..kinds.len()).map(|node| (parents[node] % node, node)).collect();
    for (a, b, back) in seeds {
        let (a, b) = (a % kinds.len(), b % kinds.len());
        let edge = if back && kinds[a] == Kind::Job { (a.max(b), a.min(b)) } else { (a.min(b), a.max(b)) };
        let leads_on = edge.0 < edge.1 || kinds[edge.0] == Kind::Job;
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

    fn incoming(&self, node: usize) -> Vec<usize> {
        (0..self.edges.len()).filter(|edge| self.edges[*edge].1 == node).collect()
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
                Kind::Pass => format!(r#"<task id="{id}"/>"#),
                Kind::Exclusive => format!(r#"<exclusiveGateway id="{id}"{default}/>"#),
                Kind::Parallel => format!(r#"<parallelGateway id="{id}"/>"#),
            };
            for (i, edge) in out.iter().enumerate() {
                let to = self.edges[*edge].1;
                paths += &if *kind == Kind::Exclusive && i + 1 < out.len() {
                    format!("{id} -[=choice = {i}]-> n{to}\n")
                } else {
                    format!("{id} -> n{to}\n")
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
    jobs: BTreeMap<usize, u32>,
}

impl Reference<'_> {
    fn enter(&mut self, node: usize) {
        if self.graph.kinds[node] == Kind::Job {
            *self.jobs.entry(node).or_insert(0) += 1;
        } else {
            self.leave(node);
        }
    }

    fn leave(&mut self, node: usize) {
        let mut out = self.graph.outgoing(node);
        if self.graph.kinds[node] == Kind::Exclusive && !out.is_empty() {
            out = vec![out[self.choice.min(out.len() - 1)]];
        }
        for edge in out {
            self.tokens[edge] += 1;
            self.arrive(self.graph.edges[edge].1, edge);
        }
    }

    fn arrive(&mut self, node: usize, edge: usize) {
        let needs =
            if self.graph.kinds[node] == Kind::Parallel { self.graph.incoming(node) } else { vec![edge] };
        // The start event's flow counts as one more incoming flow of node 0, with one token at the beginning.
        let started = node == 0 && self.graph.kinds[0] == Kind::Parallel;
        if !started && needs.iter().all(|edge| self.tokens[*edge] > 0) {
            for edge in needs {
                self.tokens[edge] -= 1;
            }
            self.enter(node);
        }
    }

    fn work(&self) -> String {
        let each =
            self.jobs.iter().flat_map(|(node, n)| std::iter::repeat_n(format!("n{node}"), *n as usize));
        each.collect::<Vec<_>>().join(" ")
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_core_does_what_the_reference_does(
        graph in graph(),
        choice in 0..3_usize,
        dice in prop::collection::vec(any::<usize>(), 0..25),
    ) {
        let mut reference =
            Reference { graph: &graph, choice, tokens: vec![0; graph.edges.len()], jobs: BTreeMap::new() };
        // A parallel gateway that a loop leads back to waits for the loop first: nothing ever begins.
        if graph.kinds[0] != Kind::Parallel || graph.incoming(0).is_empty() {
            reference.enter(0);
        }
        let mut world = World::start(&graph.model(), &format!(r#"{{"choice": {choice}}}"#));
        for die in dice {
            prop_assert_eq!(world.active(), reference.work());
            prop_assert_eq!(world.state().is_ended(), reference.jobs.is_empty());
            let jobs: Vec<_> = reference.jobs.keys().copied().collect();
            if jobs.is_empty() {
                break;
            }
            let node = jobs[die % jobs.len()];
            world.complete(&format!("n{node}"), "{}");
            let count = reference.jobs.get_mut(&node).expect("a job");
            *count -= 1;
            if *count == 0 {
                reference.jobs.remove(&node);
            }
            reference.leave(node);
        }
        prop_assert_eq!(world.active(), reference.work());
        prop_assert_eq!(world.state().is_ended(), reference.jobs.is_empty());
    }
}
