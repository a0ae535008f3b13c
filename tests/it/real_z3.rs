//! The rule engine against Z3: flows as bit vectors, rules as ranges of numbers, what is open as Booleans.
//!
//! `tests/run.sh --real` installs Z3 for the Python that it names in `AZPREFLIGHT_PYTHON`; there these tests fail without it.

use std::fs;
use std::path::Path;
use std::process::Command;

use azpreflight::net::{AddressSet, FlowBox, PortSet, Protocol};
use azpreflight::nsg::{
    self, Access, AnomalyKind, Operand, Piece, ResolvedRule, RuleOrigin, RuleTable, Stated, Unmatched,
};
use serde_json::{Value, json};

use crate::oracle::lists::{self, Known};
use crate::oracle::{question, regrouped};
use crate::reference::random::{Openness, Random};

/// How many cases of each of four kinds.
const CASES: usize = 8;
/// Z3 takes minutes over one query of a list with thousands.
const MOST_RANGES: usize = 600;
/// How many pieces of an answer are checked one by one.
const MOST_PIECES: usize = 10;

#[test]
#[ignore = "needs Z3 for Python: tests/run.sh --real"]
fn z3_refutes_no_answer() {
    let mut random = Random(0x23);
    let mut cases = Vec::new();
    while cases.len() < 4 * CASES {
        let before = match cases.len() % 4 {
            0 => random.case(Openness::Closed),
            1 => random.case(Openness::Open),
            2 => lists::case(&mut random, 8, Known::All),
            _ => lists::case(&mut random, 8, Known::Partly),
        };
        let after =
            if cases.len() % 3 == 0 { regrouped(&before) } else { lists::edited(&mut random, &before) };
        let (tables, later) = (before.tables(), after.tables());
        // What `VirtualNetwork` may hold besides is bounded over both ends at once; ranges alone cannot say that.
        if tables.iter().any(contextual) || tables.iter().map(ranges).sum::<usize>() > MOST_RANGES {
            continue;
        }
        let asked = [question(&mut random), question(&mut random), FlowBox::all()];
        cases.push(case(&tables, &later, &asked));
    }
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("z3-cases.json");
    fs::write(&file, serde_json::to_vec(&cases).expect("JSON")).expect("writable");
    let python = std::env::var_os("AZPREFLIGHT_PYTHON").expect("AZPREFLIGHT_PYTHON names a Python with Z3");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/z3_oracle.py");
    let told = Command::new(python).arg(script).arg(&file).output().expect("python starts");
    let text = String::from_utf8_lossy(&told.stdout);
    let complaint = String::from_utf8_lossy(&told.stderr);
    assert!(told.status.success(), "{text}{complaint}");
    let count: Value = serde_json::from_str(text.lines().last().expect("a line")).expect("JSON");
    assert!(count["checks"].as_u64().is_some_and(|checks| checks > 500), "{text}");
    assert_eq!(count["refuted"], 0, "{text}");
}

fn contextual(table: &RuleTable) -> bool {
    let sides = table.rules.iter().flat_map(|rule| [&rule.source, &rule.destination]);
    sides.into_iter().any(|operand| operand.virtual_network || operand.internet)
}

/// How many ranges of addresses the rules of a table have.
fn ranges(table: &RuleTable) -> usize {
    let sides = table.rules.iter().flat_map(|rule| [&rule.source, &rule.destination]);
    sides.map(|operand| operand.known.ipv4().ranges().len() + operand.known.ipv6().ranges().len()).sum()
}

fn is_open(tables: &[RuleTable]) -> bool {
    tables.iter().flat_map(|table| &table.rules).any(|rule| rule.open().next().is_some())
}

fn case(tables: &[RuleTable], later: &[RuleTable], asked: &[FlowBox]) -> Value {
    let questions: Vec<Value> = asked
        .iter()
        .map(|asked| {
            let found = nsg::verify(tables, asked);
            let closed = !is_open(tables) && found.pieces.iter().all(|piece| piece.access.is_some());
            json!({
                "asked": flows(asked),
                "closed": closed,
                "overall": format!("{:?}", found.overall()),
                "pieces": found.pieces.iter().take(MOST_PIECES).map(piece).collect::<Vec<_>>(),
            })
        })
        .collect();
    // Where something is open, two lists may be told apart by answers of which nobody claims anything.
    let both_closed = !is_open(tables) && !is_open(later);
    let equivalent = nsg::compare(tables, later, &FlowBox::all()).is_empty();
    let after = json!({ "tables": later.iter().map(table).collect::<Vec<_>>(), "equivalent": equivalent });
    json!({
        "tables": tables.iter().map(table).collect::<Vec<_>>(),
        "questions": questions,
        "after": both_closed.then_some(after),
    })
}

/// The rule is stated where there is only one that can be.
fn piece(piece: &Piece) -> Value {
    let decider = match piece.decisions.as_slice() {
        [decision] if piece.access.is_some() => decision.decided_by().map(|rule| [rule.table, rule.rule]),
        _ => None,
    };
    json!({
        "flows": flows(&piece.flows),
        "access": piece.access.map(|access| access.to_string()),
        "decider": decider,
    })
}

/// `never` are the rules of which it is said that earlier ones match all that they match; asked where nothing is open.
fn table(table: &RuleTable) -> Value {
    let never: Vec<usize> = nsg::anomalies(table)
        .into_iter()
        .filter(|anomaly| matches!(anomaly.kind, AnomalyKind::Shadowed { .. } | AnomalyKind::Unmatchable))
        .map(|anomaly| anomaly.rule)
        .collect();
    let closed = !is_open(std::slice::from_ref(table));
    let custom = |(index, rule): (usize, &ResolvedRule)| {
        (closed && rule.origin != RuleOrigin::Default).then_some(index)
    };
    json!({
        "passes": table.unmatched == Unmatched::Passes,
        "rules": table.rules.iter().map(rule).collect::<Vec<_>>(),
        "custom": table.rules.iter().enumerate().filter_map(custom).collect::<Vec<_>>(),
        "never": never,
    })
}

fn rule(rule: &ResolvedRule) -> Value {
    let name = |stated: Option<&nsg::OpenOperand>| stated.map(|open| open.name.clone());
    let stated = |ports: &Stated<PortSet>| json!({ "ranges": port_ranges(&ports.bound(false)), "open": name(ports.open()) });
    json!({
        "access": match rule.access {
            Access::Allow => "Allow",
            Access::Deny => "Deny",
            Access::AlwaysAllow => "AlwaysAllow",
        },
        "protocols": rule.protocols.bound(false).iter().map(Protocol::name).collect::<Vec<_>>(),
        "protocolsOpen": name(rule.protocols.open()),
        "source": operand(&rule.source),
        "sourcePorts": stated(&rule.source_ports),
        "destination": operand(&rule.destination),
        "destinationPorts": stated(&rule.destination_ports),
    })
}

fn operand(operand: &Operand) -> Value {
    let open: Vec<Value> = operand
        .open
        .iter()
        .map(|(open, extent)| {
            let mut part = addresses(extent);
            part["name"] = json!(open.name);
            part
        })
        .collect();
    let mut known = addresses(&operand.known);
    known["open"] = json!(open);
    known
}

fn flows(flows: &FlowBox) -> Value {
    json!({
        "protocols": flows.protocols.iter().map(Protocol::name).collect::<Vec<_>>(),
        "source": addresses(&flows.source),
        "sourcePorts": port_ranges(&flows.source_ports),
        "destination": addresses(&flows.destination),
        "destinationPorts": port_ranges(&flows.destination_ports),
    })
}

/// Numbers as text: an IPv6 address is more than JSON's numbers hold.
fn addresses(set: &AddressSet) -> Value {
    let pair = |first: u128, last: u128| [first.to_string(), last.to_string()];
    let v4 = set.ipv4().ranges().iter().map(|range| pair(range.first.into(), range.last.into()));
    let v6 = set.ipv6().ranges().iter().map(|range| pair(range.first, range.last));
    json!({ "v4": v4.collect::<Vec<_>>(), "v6": v6.collect::<Vec<_>>() })
}

fn port_ranges(set: &PortSet) -> Vec<[u16; 2]> {
    set.ranges().ranges().iter().map(|range| [range.first, range.last]).collect()
}
