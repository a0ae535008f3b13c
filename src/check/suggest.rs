//! What to change in security rules so that everything a workload asks for passes, proved change by change.
//!
//! ```text
//! requirements ──► Need (flows, at which lists) ──► the lists as they stand ──► satisfied, or the repair,
//!                                                                               or why none helps, or what is not known
//! ```
//! Every repair is applied to the copy on which the next one is worked out, so that all of them can be carried out in
//! their order. Security admin rules, routes, firewalls and missing ways out are none that a group could repair: they
//! are told with the reason.

mod draft;
mod need;
mod proxy;

use super::Case;
use super::path::Step;
use crate::azure::ResourceId;
use crate::nsg::Region;
use crate::nsg::repair::Repair;
use draft::Draft;
pub use proxy::Proxy;

/// The sender's requirement to reach the proxy.
pub const VM_TO_PROXY: &str = "vm-to-proxy";
/// The proxy's requirement to be reached.
pub const PROXY_ADMITS_VM: &str = "proxy-admits-vm";

/// What to change, and what not.
#[derive(Debug, Clone, Default)]
pub struct Suggestions {
    /// What to change, in the order in which to do it.
    pub made: Vec<Suggestion>,
    /// What passes as things stand.
    pub satisfied: Vec<Asked>,
    /// What no rule of a group can repair.
    pub unfixable: Vec<Remark>,
    /// What is not asked of the subject.
    pub not_needed: Vec<Remark>,
    /// What rules cannot tell, because it has names alone and no addresses.
    pub not_judged: Vec<Remark>,
    /// What could not be decided.
    pub because: Vec<Remark>,
}

/// A requirement of one subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// The VM, or the group judged on its own.
    pub subject: ResourceId,
    /// The id of the requirement.
    pub requirement: &'static str,
}

/// A requirement, and what there is to say of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The requirement.
    pub asked: Asked,
    /// What there is to say: a sentence without full stop.
    pub reason: String,
}

/// One repair: a rule in each group that stands in the way.
#[derive(Debug, Clone)]
pub struct Suggestion {
    /// What it is for.
    pub asked: Asked,
    /// What it meets besides.
    pub also: Vec<Asked>,
    /// What shall pass, in words: ``Tcp 443 to `Storage.KoreaCentral` ``.
    pub what: String,
    /// The repair.
    pub repair: Repair,
    /// The newly allowed flows, in words.
    pub newly_allowed: Vec<Region>,
    /// The flows that no longer pass, in words: none.
    pub newly_denied: Vec<Region>,
    /// Rules of earlier suggestions that the proof takes as added, by group and name.
    pub presumes: Vec<(ResourceId, String)>,
    /// For each rule of the repair, the changes that bring it about.
    pub changes: Vec<Vec<Step>>,
}

/// What to change for all of these subjects together.
///
/// With a proxy, what may go through one is asked of the proxy, the way to it of the subject.
#[must_use]
pub fn suggest(cases: &[Case<'_>], proxy: Option<Proxy>) -> Suggestions {
    let mut draft = Draft::default();
    for case in cases {
        match proxy {
            Some(proxy) => proxy::through(case, proxy, &mut draft),
            None => need::direct(case, &mut draft),
        }
    }
    draft.finish()
}
