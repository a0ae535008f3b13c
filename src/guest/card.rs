//! The network cards of a guest, and how each takes its address, whoever says so.

use super::{Addressing, Interface, Method, Read};

/// A network card, or the cards that a pattern of names means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its name, or the pattern. Hostile text.
    pub name: String,
    /// How it takes its address.
    pub takes: Takes,
    /// What says so, in the order of the documents.
    pub said: Vec<Read<Interface>>,
}

/// How a card takes its IPv4 address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// By DHCP.
    Dhcp,
    /// It is written down.
    Static,
    /// Not at all.
    Nothing,
    /// It cannot be told: why, as one clause.
    Unclear(String),
}

impl Addressing {
    /// The cards that configurations speak of. A pattern counts where it means no card that has a configuration of its own.
    #[must_use]
    pub fn cards(&self) -> Vec<Card> {
        let mut cards: Vec<Card> = Vec::new();
        for said in self.interfaces.iter().cloned() {
            if let Some(card) = cards.iter_mut().find(|card| card.name == said.value.name) {
                card.said.push(said);
            } else {
                let name = said.value.name.clone();
                cards.push(Card { name, takes: Takes::Nothing, said: vec![said] });
            }
        }
        let names: Vec<String> = cards.iter().map(|card| card.name.clone()).collect();
        let is_overruled =
            |card: &Card| names.iter().any(|name| *name != card.name && means(&card.name, name));
        cards.retain(|card| !is_overruled(card));
        for card in &mut cards {
            card.takes = takes(&card.said);
        }
        cards
    }
}

/// What several configurations of one card make of it: nobody knows which is at work where they disagree.
fn takes(said: &[Read<Interface>]) -> Takes {
    let has = |wanted: &Method| said.iter().any(|read| read.value.method == *wanted);
    let unclear = said.iter().find_map(|read| match &read.value.method {
        Method::Unclear(why) => Some(why.clone()),
        _ => None,
    });
    match (has(&Method::Dhcp), has(&Method::Static), unclear) {
        (true, true, _) => Takes::Unclear("its configurations disagree".to_owned()),
        (_, _, Some(why)) => Takes::Unclear(why),
        (true, false, None) => Takes::Dhcp,
        (false, true, None) => Takes::Static,
        (false, false, None) => Takes::Nothing,
    }
}

/// Whether a pattern, in which `*` stands for anything, means a name that is none.
fn means(pattern: &str, name: &str) -> bool {
    let one = |pattern: &str| match pattern.split_once('*') {
        Some((begin, end)) if !end.contains('*') => {
            name.len() >= begin.len() + end.len() && name.starts_with(begin) && name.ends_with(end)
        }
        _ => pattern == name,
    };
    !name.contains('*') && pattern.contains('*') && pattern.split_whitespace().any(one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::Keeper;
    use crate::input::{Place, Pointer};

    fn read<T>(value: T) -> Read<T> {
        Read { value, place: Place { document: "d".into(), pointer: Pointer::root() } }
    }

    fn cards(said: &[(&str, Keeper, Method)]) -> Vec<(String, Takes)> {
        let interface = |(name, keeper, method): &(&str, Keeper, Method)| {
            read(Interface { name: (*name).to_owned(), keeper: *keeper, method: method.clone() })
        };
        let addressing =
            Addressing { interfaces: said.iter().map(interface).collect(), ..Addressing::default() };
        addressing.cards().into_iter().map(|card| (card.name, card.takes)).collect()
    }

    #[test]
    fn what_several_say_of_one_card() {
        let found = cards(&[
            ("eth0", Keeper::Netplan, Method::Dhcp),
            ("eth0", Keeper::Networkd, Method::Dhcp),
            ("eth1", Keeper::Ifupdown, Method::Static),
            ("eth2", Keeper::Ifupdown, Method::Static),
            ("eth2", Keeper::NetworkManager, Method::Dhcp),
            ("eth3", Keeper::NetworkManager, Method::Off),
        ]);
        assert_eq!(found[0], ("eth0".to_owned(), Takes::Dhcp));
        assert_eq!(found[1].1, Takes::Static);
        assert!(matches!(found[2].1, Takes::Unclear(_)));
        assert_eq!(found[3].1, Takes::Nothing);
    }

    #[test]
    fn a_pattern_gives_way_to_a_card_of_its_own() {
        let found =
            cards(&[("e*", Keeper::Networkd, Method::Dhcp), ("eth0", Keeper::Networkd, Method::Static)]);
        assert_eq!(found, [("eth0".to_owned(), Takes::Static)]);
        let found =
            cards(&[("en*", Keeper::Networkd, Method::Dhcp), ("eth0", Keeper::Networkd, Method::Static)]);
        assert_eq!(found.len(), 2);
        assert!(means("en* eth*", "eth0") && !means("eth0", "eth0") && !means("e*", "e*"));
    }
}
