//! Laws of the sets, on random inputs of real size; the smallest universes are tried exhaustively beside the sets.

use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use azpreflight::net::{
    AddressSet, Count, Flow, FlowBox, FlowSet, Point, PortSet, Prefix, Protocol, ProtocolSet, Range, RangeSet,
};

use crate::reference::random::Random;

#[test]
fn addresses_keep_the_laws() {
    let mut random = Random(0xadd);
    for _ in 0..300 {
        let [a, b, c] = [(); 3].map(|()| addresses(&mut random));
        let (union, both) = (a.union(&b), a.intersection(&b));
        assert_eq!(union.complement(), a.complement().intersection(&b.complement()));
        assert_eq!(both.complement(), a.complement().union(&b.complement()));
        assert_eq!(a.complement().complement(), a);
        assert_eq!(a.difference(&b), a.intersection(&b.complement()));
        assert_eq!(union.intersection(&c), a.intersection(&c).union(&b.intersection(&c)));
        assert_eq!(union, b.union(&a));
        assert_eq!(a.union(&both), a);
        assert_eq!((a.overlaps(&b), a.covers(&b)), (!both.is_empty(), both == b));
        for set in [&a, &union, &both, &a.complement(), &a.difference(&b)] {
            canonical(set.ipv4());
            canonical(set.ipv6());
            assert_eq!(AddressSet::from_prefixes(set.prefixes()), *set);
        }
        for _ in 0..20 {
            let at = address(&mut random);
            assert_eq!(union.contains(at), a.contains(at) || b.contains(at), "{at}");
            assert_eq!(both.contains(at), a.contains(at) && b.contains(at), "{at}");
            assert_eq!(a.complement().contains(at), !a.contains(at), "{at}");
        }
    }
}

#[test]
fn ports_keep_the_laws() {
    let mut random = Random(0x907);
    let all = PortSet::all();
    for _ in 0..1000 {
        let [a, b] = [(); 2].map(|()| ports(&mut random));
        let (union, both) = (a.union(&b), a.intersection(&b));
        let without = |set: &PortSet| all.difference(set);
        assert_eq!(without(&union), without(&a).intersection(&without(&b)));
        assert_eq!(without(&both), without(&a).union(&without(&b)));
        assert_eq!((a.overlaps(&b), a.covers(&b)), (!both.is_empty(), both == b));
        for set in [&a, &union, &both, &without(&a)] {
            canonical(set.ranges());
            if !set.is_empty() {
                assert_eq!(set.to_string().parse().as_ref(), Ok(set), "the text is the set");
            }
        }
    }
}

#[test]
fn flows_keep_the_laws() {
    let mut random = Random(0xf10);
    let all = FlowSet::from(FlowBox::all());
    for _ in 0..60 {
        let [a, b, c] = [(); 3].map(|()| flows(&mut random));
        let (union, both) = (a.union(&b), a.intersection(&b));
        let without = |set: &FlowSet| all.difference(set);
        assert!(without(&union).same_flows(&without(&a).intersection(&without(&b))));
        assert!(without(&both).same_flows(&without(&a).union(&without(&b))));
        assert!(a.difference(&b).same_flows(&a.intersection(&without(&b))));
        assert!(union.intersection(&c).same_flows(&a.intersection(&c).union(&b.intersection(&c))));
        for set in [&a, &union, &both, &without(&a), &a.difference(&b)] {
            disjoint(set);
        }
        for flow in [(); 40].map(|()| flow(&mut random)) {
            assert_eq!(union.contains(&flow), a.contains(&flow) || b.contains(&flow), "{flow}");
            assert_eq!(a.difference(&b).contains(&flow), a.contains(&flow) && !b.contains(&flow), "{flow}");
        }
    }
}

#[test]
fn counts_are_sums() {
    let mut random = Random(0xc07);
    for _ in 0..300 {
        // A part of the IPv6 space, so that two sums fit the primitive they are held against.
        let part: Prefix = "::/2".parse().expect("a prefix");
        let within = AddressSet::all_ipv4().union(&AddressSet::from(part));
        let [a, b] = [(); 2].map(|()| addresses(&mut random).intersection(&within));
        let sum = |set: &AddressSet| -> u128 {
            let v4 = set.ipv4().ranges().iter().map(|r| u128::from(r.last) - u128::from(r.first) + 1);
            v4.chain(set.ipv6().ranges().iter().map(|r| r.last - r.first + 1)).sum()
        };
        assert_eq!(a.count(), Count::from(sum(&a)));
        assert_eq!(a.count().to_string(), sum(&a).to_string());
        assert_eq!(
            sum(&a.union(&b)) + sum(&a.intersection(&b)),
            sum(&a) + sum(&b),
            "what both hold is counted once"
        );
        assert_eq!(a.difference(&b).count().plus(sum(&a.intersection(&b))), a.count());
    }
    let all = AddressSet::all().count();
    assert_eq!(all, Count::from(u128::MAX).plus(1).plus(1 << 32), "2^128 and 2^32");
}

/// Sorted, and with a gap between any two ranges: the one form that a set has.
fn canonical<T: Point + Debug>(set: &RangeSet<T>) {
    assert!(set.ranges().iter().all(|range| range.first <= range.last));
    let apart = |[a, b]: &[Range<T>; 2]| a.last.next().is_some_and(|next| next < b.first);
    assert!(set.ranges().array_windows().all(apart), "{set:?}");
}

fn disjoint(set: &FlowSet) {
    let boxes = set.boxes();
    for (index, flows) in boxes.iter().enumerate() {
        assert!(!flows.is_empty());
        assert_eq!(flows.source.ipv4().is_empty(), flows.destination.ipv4().is_empty());
        assert_eq!(flows.source.ipv6().is_empty(), flows.destination.ipv6().is_empty());
        assert!(boxes.iter().skip(index + 1).all(|other| flows.intersection(other).is_none()));
    }
}

/// A few prefixes of either family, from hosts to the whole of it.
fn addresses(random: &mut Random) -> AddressSet {
    let blocks = 1 + random.below(8);
    let prefixes = (0..blocks).map(|_| {
        let at = address(random);
        let bits = if at.is_ipv4() { 33 } else { 129 };
        Prefix::new(at, u8::try_from(random.below(bits)).expect("at most 128"))
            .expect("a length of the family")
    });
    AddressSet::from_prefixes(prefixes)
}

/// Near the ends of the line as often as in the middle of it.
fn address(random: &mut Random) -> IpAddr {
    let bits = match random.below(4) {
        0 => u128::from(random.next() & 7),
        1 => !u128::from(random.next() & 7),
        _ => u128::from(random.next()) << 64 | u128::from(random.next()),
    };
    if random.once_in(2) {
        Ipv6Addr::from_bits(bits).into()
    } else {
        Ipv4Addr::from_bits((bits & 0xffff_ffff) as u32).into()
    }
}

fn ports(random: &mut Random) -> PortSet {
    let edge = |random: &mut Random| match random.below(3) {
        0 => random.pick(&[0, 1, 80, 443, 65534, 65535]),
        _ => u16::try_from(random.below(65536)).expect("16 bits"),
    };
    let ranges = 1 + random.below(5);
    PortSet::from_ranges((0..ranges).map(|_| {
        let (one, other) = (edge(random), edge(random));
        (one.min(other), one.max(other))
    }))
}

fn flows(random: &mut Random) -> FlowSet {
    let boxes = 1 + random.below(3);
    (0..boxes).fold(FlowSet::empty(), |set, _| {
        let some = FlowBox {
            protocols: random.pick(&[ProtocolSet::ALL, Protocol::Tcp.into(), Protocol::Udp.into()]),
            source: addresses(random),
            source_ports: if random.once_in(2) { PortSet::all() } else { ports(random) },
            destination: addresses(random),
            destination_ports: ports(random),
        };
        set.union(&FlowSet::from(some))
    })
}

fn flow(random: &mut Random) -> Flow {
    let protocol = random.pick(&Protocol::ALL);
    let (source_port, destination_port) = (443, random.pick(&[0, 80, 443, 65535]));
    loop {
        let (source, destination) = (address(random), address(random));
        if source.is_ipv4() == destination.is_ipv4() {
            return Flow { protocol, source, source_port, destination, destination_port };
        }
    }
}
