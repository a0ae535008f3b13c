//! The judge, put to rule sets of a few lines.

use std::net::Ipv4Addr;

use super::*;
use crate::net::RangeSet;

const HOST: u32 = 0xa83f_8110;

fn attempt(sender: Sender) -> Attempt {
    Attempt { address: Ipv4Addr::from(HOST), port: 80, sender }
}

fn rule(conditions: Vec<Condition>, action: Action) -> Rule {
    Rule { text: format!("{action:?}"), conditions, actions: vec![action], handle: Handle::Text }
}

fn base(at: Station, policy: Policy, rules: Vec<Rule>) -> Chain {
    let hook = Hook { at, translates: false, priority: 0, policy };
    Chain { name: format!("{at:?}"), hook: Some(hook), rules }
}

fn set(chains: Vec<Chain>) -> GuestFirewall {
    let table = Table { family: "inet".into(), name: "t".into(), chains };
    GuestFirewall { tables: vec![table], ..GuestFirewall::new(FirewallKind::Nftables) }
}

/// `A`, `S` by which rule, or `O` because of which.
fn judged(set: &GuestFirewall) -> String {
    let name = |by: &Decider<'_>| by.rule.map_or("policy".to_owned(), |rule| rule.text.clone());
    match judge(&[set], &attempt(Sender::Root)) {
        Verdict::Accepted => "A".into(),
        Verdict::Stopped(by) => format!("S {}", name(&by)),
        Verdict::Open(because) => format!("O {}", because.iter().map(name).collect::<Vec<_>>().join(",")),
    }
}

#[test]
fn the_first_rule_that_matches_decides() {
    let to_host = || vec![Condition::is(Field::Destination, HOST)];
    let out = |rules| set(vec![base(Station::Output, Policy::Accept, rules)]);
    assert_eq!(judged(&out(vec![])), "A");
    assert_eq!(judged(&out(vec![rule(to_host(), Action::Drop)])), "S Drop");
    assert_eq!(judged(&out(vec![rule(to_host(), Action::Accept), rule(vec![], Action::Drop)])), "A");
    assert_eq!(judged(&set(vec![base(Station::Output, Policy::Drop, vec![])])), "S policy");
}

#[test]
fn what_is_not_known_matters_only_where_it_decides() {
    let maybe = |action| rule(vec![Condition::Unknown], action);
    let out = |policy, rules| set(vec![base(Station::Output, policy, rules)]);
    assert_eq!(judged(&out(Policy::Accept, vec![maybe(Action::Accept)])), "A");
    assert_eq!(judged(&out(Policy::Accept, vec![maybe(Action::Drop)])), "O Drop");
    assert_eq!(judged(&out(Policy::Drop, vec![maybe(Action::Drop)])), "S policy");
    assert_eq!(judged(&out(Policy::Drop, vec![maybe(Action::Accept)])), "O Accept,policy");
    // Whoever is let past by the one is stopped by the other.
    let two = set(vec![
        base(Station::Output, Policy::Accept, vec![maybe(Action::Drop)]),
        base(Station::Postrouting, Policy::Drop, vec![]),
    ]);
    assert_eq!(judged(&two), "S policy");
    // What is sent elsewhere does not come by there.
    let elsewhere = set(vec![
        base(Station::Output, Policy::Accept, vec![maybe(Action::Elsewhere)]),
        base(Station::Postrouting, Policy::Drop, vec![]),
    ]);
    assert!(judged(&elsewhere).starts_with('O'));
}

#[test]
fn chains_are_called_and_come_back() {
    let sub = |rules| Chain { name: "sub".into(), hook: None, rules };
    let call = |action, rules| {
        let out = vec![rule(vec![], action), rule(vec![], Action::Drop)];
        set(vec![base(Station::Output, Policy::Accept, out), sub(rules)])
    };
    let (jump, goto) = (Action::Jump("sub".into()), Action::Goto("sub".into()));
    assert_eq!(judged(&call(jump.clone(), vec![rule(vec![], Action::Accept)])), "A");
    assert_eq!(judged(&call(jump.clone(), vec![rule(vec![], Action::Return)])), "S Drop");
    assert_eq!(judged(&call(goto, vec![])), "A");
    assert!(judged(&call(Action::Jump("none".into()), vec![])).starts_with('O'));
    // One that leads to itself ends.
    assert!(judged(&call(jump, vec![rule(vec![], Action::Jump("sub".into()))])).starts_with('O'));
}

#[test]
fn a_chain_that_calls_two_that_call_two_ends_in_time() {
    let name = |depth: usize| format!("c{depth}");
    let mut chains = vec![base(Station::Output, Policy::Accept, vec![rule(vec![], Action::Jump(name(0)))])];
    for depth in 0..60 {
        let below = || rule(vec![], Action::Jump(name(depth + 1)));
        chains.push(Chain { name: name(depth), hook: None, rules: vec![below(), below()] });
    }
    chains.push(Chain { name: name(60), hook: None, rules: Vec::new() });
    assert!(judged(&set(chains)).starts_with('O'));
}

#[test]
fn answers_must_come_in() {
    let follows = || vec![Condition::Among(Field::State, RangeSet::from_ranges([(2, 3)]))];
    let input = |rules| set(vec![base(Station::Input, Policy::Drop, rules)]);
    assert_eq!(judged(&input(vec![])), "S policy");
    assert_eq!(judged(&input(vec![rule(follows(), Action::Accept)])), "A");
    let untracked = set(vec![
        base(Station::Output, Policy::Accept, vec![rule(vec![], Action::Untrack)]),
        base(Station::Input, Policy::Drop, vec![rule(follows(), Action::Accept)]),
    ]);
    assert!(judged(&untracked).starts_with('O'), "a connection that is not followed has another state");
}

#[test]
fn before_connections_are_looked_up_every_packet_fits_nowhere() {
    let state = |state| vec![Condition::is(Field::State, state)];
    let at = |priority, wanted| {
        let mut chain = base(Station::Output, Policy::Accept, vec![rule(state(wanted), Action::Drop)]);
        chain.hook = chain.hook.map(|hook| Hook { priority, ..hook });
        judged(&set(vec![chain]))
    };
    assert_eq!(at(-300, states::NEW), "A");
    assert_eq!(at(-300, states::INVALID), "S Drop");
    assert_eq!(at(-200, states::NEW), "O Drop");
    assert_eq!(at(-150, states::NEW), "S Drop");
}

#[test]
fn only_the_first_packet_is_translated() {
    let mut nat = base(Station::Output, Policy::Accept, vec![rule(vec![], Action::Elsewhere)]);
    nat.hook = nat.hook.map(|hook| Hook { translates: true, ..hook });
    assert!(judged(&set(vec![nat])).starts_with('O'));
}

#[test]
fn a_mark_is_known_until_a_rule_sets_one() {
    let marked = || vec![Condition::is(Field::Mark(0xff), 1)];
    let drop = || rule(marked(), Action::Drop);
    assert_eq!(judged(&set(vec![base(Station::Output, Policy::Accept, vec![drop()])])), "A");
    let set_before = vec![rule(vec![], Action::Mark), drop()];
    assert_eq!(judged(&set(vec![base(Station::Output, Policy::Accept, set_before)])), "O Drop");
}

#[test]
fn the_sender_counts_where_a_rule_asks_for_it() {
    let others = Condition::is(Field::User, 0).negated();
    let set = set(vec![base(Station::Output, Policy::Accept, vec![rule(vec![others], Action::Drop)])]);
    assert_eq!(judge(&[&set], &attempt(Sender::Root)), Verdict::Accepted);
    assert!(matches!(judge(&[&set], &attempt(Sender::User(1000))), Verdict::Stopped(_)));
    assert!(matches!(judge(&[&set], &attempt(Sender::Another)), Verdict::Stopped(_)));
    assert!(matches!(judge(&[&set], &attempt(Sender::Anyone)), Verdict::Open(_)));
}

#[test]
fn a_set_that_is_not_whole_accepts_nothing() {
    let cut = GuestFirewall { open: vec!["cut off".into()], ..set(Vec::new()) };
    assert_eq!(judge(&[&cut], &attempt(Sender::Root)), Verdict::Open(Vec::new()));
}
