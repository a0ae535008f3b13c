//! Security rules as they are written, faults and all.

use crate::azure::ResourceId;
use crate::input::Place;
use crate::nsg::AddressTerm;

/// What a rule says beyond what decides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleText {
    /// Its description.
    pub description: Option<String>,
    /// The entries of the plural lists of prefixes: of the source, of the destination.
    pub listed: [Vec<AddressTerm>; 2],
    /// What cannot be right; the field concerned is left open in the rule.
    pub faults: Vec<Misstated>,
}

/// A value that cannot be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misstated {
    /// Where it stands.
    pub place: Place,
    /// The value, shortened and with control characters escaped.
    pub text: String,
    /// What is wrong, in words; input quoted in backticks.
    pub message: String,
    /// What was expected, to follow "expected".
    pub expected: String,
}

/// A rule of which nobody knows when it is considered, or what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnplacedRule {
    /// The group it is in.
    pub group: ResourceId,
    /// Its name, where that can be told.
    pub name: Option<String>,
    /// What stands in the way.
    pub fault: Misstated,
}
