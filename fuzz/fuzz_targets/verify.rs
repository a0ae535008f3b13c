//! Any rules: what `verify`, `compare` and `anomalies` say of sets is what `evaluate` says of flows.
#![no_main]

use arbitrary::Unstructured;
use azpreflight::net::{Flow, FlowBox};
use azpreflight::nsg::{self, Access, AnomalyKind, RuleTable};
use azpreflight_fuzz::{Case, flows, question};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut u = Unstructured::new(bytes);
    let made = Case::arbitrary(&mut u).and_then(|case| {
        let edited = case.edited(&mut u)?;
        Ok((case, edited, question(&mut u)?))
    });
    let Ok((case, edited, asked)) = made else { return };
    let flows = flows(&mut u);
    let (tables, later) = (case.tables(), edited.tables());
    pieces_are_the_verdicts(&tables, &asked, &flows);
    changes_are_the_differences((&tables, &later), &asked, &flows);
    for table in &tables {
        nobody_misses_idle_rules(table, &flows);
    }
});

fn access(tables: &[RuleTable], flow: &Flow) -> Option<Access> {
    nsg::evaluate(tables, flow).access()
}

fn pieces_are_the_verdicts(tables: &[RuleTable], asked: &FlowBox, flows: &[Flow]) {
    let found = nsg::verify(tables, asked);
    assert_eq!(nsg::Classes::new(tables).overall(asked), found.overall());
    for flow in flows {
        let mut pieces = found.pieces.iter().filter(|piece| piece.flows.contains(flow));
        let piece = pieces.next();
        assert!(pieces.next().is_none(), "{flow} is in two pieces");
        assert_eq!(piece.is_some(), asked.contains(flow), "{flow}");
        if let Some(piece) = piece {
            assert_eq!(piece.access, access(tables, flow), "{flow}");
        }
    }
}

fn changes_are_the_differences((old, new): (&[RuleTable], &[RuleTable]), asked: &FlowBox, flows: &[Flow]) {
    assert!(nsg::compare(old, old, asked).is_empty(), "a list differs from itself");
    let changes = nsg::compare(old, new, asked);
    for flow in flows.iter().filter(|flow| asked.contains(flow)) {
        let (before, after) = (access(old, flow), access(new, flow));
        let mut found = changes.iter().filter(|change| change.flows.contains(flow));
        let change = found.next();
        assert!(found.next().is_none(), "{flow} is in two changes");
        match change {
            Some(change) => {
                assert_eq!((change.before, change.after), (before, after), "{flow}");
                assert!(before != after || before.is_none(), "{flow} is no change");
            }
            None => assert_eq!(before, after, "{flow} changed"),
        }
    }
}

fn nobody_misses_idle_rules(table: &RuleTable, flows: &[Flow]) {
    for anomaly in nsg::anomalies(table) {
        if matches!(anomaly.kind, AnomalyKind::Undecided { .. }) {
            continue;
        }
        let mut less = table.clone();
        less.rules.remove(anomaly.rule);
        for flow in flows {
            let [one, other] = [table, &less].map(|table| access(std::slice::from_ref(table), flow));
            // One open name in two rules is one name: what is said of rules knows that, what is said of flows does not.
            assert!(one == other || one.is_none(), "{flow} misses rule {}: {:?}", anomaly.rule, anomaly.kind);
        }
    }
}
