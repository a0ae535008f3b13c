//! What two ways through rule lists do differently, as sets of flows.

use super::evaluate::Decision;
use super::operand::OpenOperand;
use super::resolve::RuleTable;
use super::rule::Access;
use super::verify::verify;
use crate::net::FlowBox;

/// Flows that the one way treats otherwise than the other, or of which that is not known.
#[derive(Debug, Clone)]
pub struct Change {
    /// The flows.
    pub flows: FlowBox,
    /// What became of them: `None` where that depends on what is open.
    pub before: Option<Access>,
    /// What becomes of them: `None` where that depends on what is open.
    pub after: Option<Access>,
    /// The decisions that can have been: one, unless something is open.
    pub old: Vec<Decision>,
    /// The decisions that can be.
    pub new: Vec<Decision>,
    /// What it depends on, where either access is `None`.
    pub because: Vec<OpenOperand>,
}

/// Every flow of `asked` that `new` treats otherwise than `old`, in disjoint boxes; none where the two are equivalent.
///
/// Both are the tables in the way, in the order in which a flow meets them. A change with an open access on either
/// side is no change for certain: it is what could not be decided.
#[must_use]
pub fn compare(old: &[RuleTable], new: &[RuleTable], asked: &FlowBox) -> Vec<Change> {
    let (before, after) = (verify(old, asked), verify(new, asked));
    let mut changes = Vec::new();
    for one in &before.pieces {
        for other in &after.pieces {
            if one.access.is_some() && one.access == other.access {
                continue;
            }
            let Some(flows) = one.flows.intersection(&other.flows) else { continue };
            changes.push(Change {
                flows,
                before: one.access,
                after: other.access,
                old: one.decisions.clone(),
                new: other.decisions.clone(),
                because: one.because.iter().chain(&other.because).cloned().collect(),
            });
        }
    }
    changes
}
