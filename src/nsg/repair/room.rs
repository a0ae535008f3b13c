//! Room for one more rule where none is left: the fewest rules moved, without a change of meaning.
//!
//! ```text
//! 100 Allow a   101 Deny b   102 Deny c   103 (free)      no priority before `b` is free
//! 100 Allow a   101 (new)    102 Deny c   103 Deny b      `b` passes by `c`: both deny, so one move is enough
//! ```
//! The one that goes into free space goes a little further, and those that close up behind it, too: then the next rule
//! finds room without a move. (Above, `b` ends at 112.)
//!
//! A rule that moves to a later priority passes by those in between. It may pass by a rule of the same access, and by one
//! that shares no protocol or no port with it: that holds whatever the addresses mean, so also for other networks that
//! the group serves.

use std::collections::{BTreeMap, VecDeque};

use super::Moved;
use crate::nsg::resolve::{ResolvedRule, RuleTable};
use crate::nsg::rule::{Priority, RuleOrigin};

/// How much further a rule goes than it must, where that is free.
const SPARE: u32 = 9;

/// A priority that is free once some rules have moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) priority: Priority,
    /// In the order in which they can move.
    pub(super) moved: Vec<Moved>,
}

/// The fewest moves that free a priority at or before `limit`; of equally many those that free the latest one.
///
/// Searched from the first free priority after `limit` backwards: each rule that can move into a hole leaves one.
pub(super) fn make_room(table: &RuleTable, limit: Priority, reserved: &[Priority]) -> Option<Room> {
    let slots = Slots::of(table, reserved);
    let first =
        (limit.0.saturating_add(1)..=Priority::LAST.0).map(Priority).find(|slot| slots.is_free(*slot))?;
    let mut filled_from: BTreeMap<Priority, Priority> = BTreeMap::new();
    let mut holes = VecDeque::from([first]);
    while let Some(hole) = holes.pop_front() {
        for slot in slots.movable_into(hole) {
            if filled_from.contains_key(&slot) {
                continue;
            }
            filled_from.insert(slot, hole);
            if slot <= limit {
                return Some(Room { priority: slot, moved: slots.moves(slot, &filled_from) });
            }
            holes.push_back(slot);
        }
    }
    None
}

/// What stands at each priority.
struct Slots<'t>(BTreeMap<Priority, Slot<'t>>);

enum Slot<'t> {
    /// A rule that may move.
    Rule(&'t ResolvedRule),
    /// Something that stays.
    Fixed,
}

impl<'t> Slots<'t> {
    fn of(table: &'t RuleTable, reserved: &[Priority]) -> Self {
        let mut slots: BTreeMap<Priority, Slot<'t>> = reserved.iter().map(|p| (*p, Slot::Fixed)).collect();
        for rule in &table.rules {
            let ours = rule.origin == RuleOrigin::Custom && rule.priority.is_custom();
            // Two rules of one priority are one stated twice: which to move nobody could say.
            let alone = !slots.contains_key(&rule.priority);
            slots.insert(rule.priority, if ours && alone { Slot::Rule(rule) } else { Slot::Fixed });
        }
        Self(slots)
    }

    fn is_free(&self, slot: Priority) -> bool {
        slot.is_custom() && !self.0.contains_key(&slot)
    }

    /// The rules that can move into a hole, the nearest first.
    fn movable_into(&self, hole: Priority) -> Vec<Priority> {
        let mut between: Vec<&Slot<'_>> = Vec::new();
        let mut movable = Vec::new();
        for (priority, slot) in self.0.range(..hole).rev() {
            if let Slot::Rule(rule) = slot
                && between.iter().all(|other| may_pass_by(rule, other))
            {
                movable.push(*priority);
            }
            between.push(slot);
        }
        movable
    }

    /// The moves that lead to a hole at `slot`, the one into the first hole first.
    fn moves(&self, slot: Priority, filled_from: &BTreeMap<Priority, Priority>) -> Vec<Moved> {
        let mut moved = Vec::new();
        let mut from = slot;
        while let (Some(to), Some(Slot::Rule(rule))) = (filled_from.get(&from), self.0.get(&from)) {
            moved.push(Moved { rule: rule.name.clone(), from, to: *to });
            from = *to;
        }
        moved.reverse();
        let spare = (1..=SPARE).take_while(|step| self.is_free(Priority(from.0 + step))).count();
        let spare = u32::try_from(spare).unwrap_or_default();
        for one in &mut moved {
            let closes_up = one.from.0 + 1 == one.to.0;
            one.to.0 += spare;
            // Behind one that passes others by there is no free space to go on into.
            if !closes_up {
                break;
            }
        }
        moved
    }
}

fn may_pass_by(rule: &ResolvedRule, other: &Slot<'_>) -> bool {
    match other {
        Slot::Fixed => false,
        Slot::Rule(other) => rule.access == other.access || shares_nothing(rule, other),
    }
}

/// Whether no flow can match both, by protocol or port alone.
fn shares_nothing(one: &ResolvedRule, other: &ResolvedRule) -> bool {
    one.protocols.bound(true).intersection(other.protocols.bound(true)).is_empty()
        || !one.source_ports.bound(true).overlaps(&other.source_ports.bound(true))
        || !one.destination_ports.bound(true).overlaps(&other.destination_ports.bound(true))
}
