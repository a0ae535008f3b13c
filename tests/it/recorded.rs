//! Azure's own recorded answers, reproduced through the command line.
//!
//! Each case is put to the program as a user would put it: the resources and templates of the recording as
//! documents in a directory, then `flow` with the recorded question. What cannot be put is listed with its reason.

mod case;
mod effective;
mod routes;

use std::collections::BTreeMap;

use case::{Expected, Recorded};

/// Recorded answers that cannot be reproduced, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("ipflow-r06", "the service answered `Unknown`: flagged as an anomaly"),
    ("ipflow-r07", "the service answered `Unknown`: flagged as an anomaly"),
    ("ipflow-r12", "the service answered HTTP 500"),
    ("ipflow-r22", "the service refused: no group on the interface"),
    ("ipflow-r27", "the rule had just been put: flagged as lagging; later recordings answer otherwise"),
    ("nsgdiag-a01", "the query has `*` for an address"),
    ("nsgdiag-a02", "the query has `*` for an address"),
    ("nsgdiag-r06", "the answer contradicts itself: flagged as an anomaly"),
    ("nsgdiag-r09", "the deciding group is not in the recording: flagged as incomplete"),
];

#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn every_usable_answer_about_a_flow_is_reproduced() {
    let mut wrong = BTreeMap::new();
    let mut reproduced = 0;
    for recorded in Recorded::all(&["ip-flow-verify", "nsg-diagnostic"]) {
        if let Some((_, reason)) = LEFT_OUT.iter().find(|(id, _)| recorded.name.starts_with(id)) {
            println!("left out: {}: {reason}", recorded.name);
            continue;
        }
        for (number, expected) in recorded.expected().into_iter().enumerate() {
            match recorded.ask(&expected) {
                Ok(()) => reproduced += 1,
                Err(told) => _ = wrong.insert(format!("{} #{number}", recorded.name), told),
            }
        }
    }
    assert!(wrong.is_empty(), "{reproduced} reproduced, wrong: {wrong:#?}");
    assert!(reproduced >= 25, "only {reproduced} answers were found");
}

/// One tuple of a recorded flow log: who decided about a real packet.
#[test]
#[ignore = "needs AZPREFLIGHT_CORPUS"]
fn logged_flows_are_decided_by_the_logged_rules() {
    let mut tuples = 0;
    for recorded in Recorded::all(&["nsg-flow-log"]) {
        for expected in recorded.logged() {
            if let Err(told) = recorded.ask_in_default_network(&expected) {
                panic!("{} {expected:?}: {told}", recorded.name);
            }
            tuples += 1;
        }
    }
    assert!(tuples >= 10, "only {tuples} tuples were found");
}

/// What a case asks and what Azure answered.
impl Expected {
    /// Azure's older names of the two last rules.
    fn same_rule(&self, ours: &str) -> bool {
        let modern = match self.rule.as_str() {
            "DefaultInboundDenyAll" => "DenyAllInBound",
            "DefaultOutboundDenyAll" => "DenyAllOutBound",
            name => name,
        };
        ours == modern || ours == self.rule
    }
}
