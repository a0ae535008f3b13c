//! One subject of one question, with everything about it resolved once.

mod agent;
mod disks;
mod guest;
mod protection;
mod proxies;
mod snapshot;
mod storage;
mod system;

pub(super) use agent::{is_ready, version as agent_version};
pub(super) use disks::DiskView;
pub(super) use protection::vault_of;
pub(super) use proxies::ways_as_evidence;
pub(super) use snapshot::SETTINGS as SNAPSHOT_SETTINGS;
pub(super) use storage::{Holder, MountView};
pub(super) use system::NamedSystem;

use std::cell::OnceCell;

use jiff::civil::Date;

use super::{Source, Withheld};
use crate::azure::{Cloud, Region, ResourceId};
use crate::backup::{Profile, Situation, Workload};
use crate::facts::{Facts, InterfaceContext, Missing, Resolution};
use crate::net::Prefix;
use crate::network::NetworkInterface;
use crate::nsg::NetworkSecurityGroup;
use crate::reach::{Prefer, Reach};
use crate::tags::TagCatalog;
use crate::vm::VirtualMachine;

/// What the user asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// What is to be backed up.
    pub workload: Workload,
    /// Whose limits count.
    pub profile: Profile,
    /// Which source to believe where two disagree.
    pub prefer: Option<Prefer>,
    /// The day that ages and retirements are reckoned from.
    pub as_of: Date,
    /// The vault meant, where the user named one.
    pub vault: Option<String>,
    /// What the user vouches for.
    pub assumed: Assumptions,
    /// Checks left out, by id.
    pub ignored: Vec<String>,
    /// The sources supplied.
    pub sources: Vec<Source>,
    /// Whether only one subject is asked about: what was probed, and nothing says where, was probed there.
    pub alone: bool,
}

/// What the user vouches for; it stands in for what the input does not say, never against it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assumptions {
    /// The cloud.
    pub cloud: Option<Cloud>,
    /// The region of the VM.
    pub region: Option<Region>,
    /// Address space of the virtual network.
    pub network: Vec<Prefix>,
    /// Facts about the VM that requirements depend on.
    pub situation: Situation,
}

/// What a case is about.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'f> {
    /// A VM.
    Vm(&'f VirtualMachine),
    /// A group whose VM is not in the input, as if it were the only one.
    Group(&'f NetworkSecurityGroup),
}

impl<'f> Subject<'f> {
    /// The subject's id.
    #[must_use]
    pub fn id(&self) -> &'f ResourceId {
        match self {
            Self::Vm(vm) => &vm.id,
            Self::Group(group) => &group.id,
        }
    }
}

/// One subject of one question.
#[derive(Debug)]
pub struct Case<'f> {
    /// Everything known.
    pub facts: &'f Facts,
    /// The service tags.
    pub tags: &'f TagCatalog,
    /// What is judged.
    pub subject: Subject<'f>,
    /// What was asked.
    pub question: &'f Question,
    around: OnceCell<Result<Vec<Around<'f>>, Withheld>>,
}

/// One interface, or a lone group, with everything in the way of its packets.
#[derive(Debug, Clone)]
pub struct Around<'f> {
    /// The interface; `None` for a lone group.
    pub context: Option<InterfaceContext<'f>>,
    /// What is in the way.
    pub reach: Reach,
}

impl<'f> Case<'f> {
    /// A case; nothing is resolved before a check asks for it.
    #[must_use]
    pub const fn new(
        facts: &'f Facts,
        tags: &'f TagCatalog,
        subject: Subject<'f>,
        question: &'f Question,
    ) -> Self {
        Self { facts, tags, subject, question, around: OnceCell::new() }
    }

    /// The VM, where the subject is one.
    pub fn vm(&self) -> Result<&'f VirtualMachine, Withheld> {
        match self.subject {
            Subject::Vm(vm) => Ok(vm),
            Subject::Group(_) => Err(Missing::new("the virtual machine").into()),
        }
    }

    /// The region of the subject, by its guest where the documents do not tell, or what the user says it is.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        let stated = match self.subject {
            Subject::Vm(vm) => vm.region.clone(),
            Subject::Group(group) => group.region.clone(),
        };
        stated.or_else(|| self.region_by_guest()).or_else(|| self.question.assumed.region.clone())
    }

    /// The cloud: of the documents, of the region, or what the user says; public where nothing tells.
    #[must_use]
    pub fn cloud(&self) -> Cloud {
        let by_region = || self.region().and_then(|region| region.cloud());
        self.question.assumed.cloud.or(self.facts.cloud).or_else(by_region).unwrap_or(Cloud::Public)
    }

    /// The interfaces with all that is in their way, primary first; for a lone group, one without an interface.
    ///
    /// Inconclusive where the VM's interfaces are not in the input, or where a rule list has no meaning.
    pub fn around(&self) -> Result<&[Around<'f>], Withheld> {
        self.around.get_or_init(|| self.resolve()).as_deref().map_err(Clone::clone)
    }

    /// The primary interface with all that is in its way: the one through which the VM's own traffic leaves.
    pub fn primary(&self) -> Result<&Around<'f>, Withheld> {
        self.around()?.first().ok_or_else(|| Withheld::inconclusive("the VM has no network interface"))
    }

    fn resolve(&self) -> Result<Vec<Around<'f>>, Withheld> {
        let with = Resolution {
            tags: self.tags,
            prefer: self.question.prefer,
            assumed_space: &self.question.assumed.network,
        };
        let refuse = |error: crate::nsg::ResolveError| Withheld::inconclusive(error.to_string());
        let vm = match self.subject {
            Subject::Vm(vm) => vm,
            Subject::Group(group) => {
                let reach = self.facts.reach_of_group(group, with).map_err(refuse)?;
                return Ok(vec![Around { context: None, reach }]);
            }
        };
        let interfaces: Result<Vec<&NetworkInterface>, Missing> =
            self.facts.interfaces_of(vm)?.into_iter().collect();
        let around = |interface| {
            let context = self.facts.context_of(interface);
            let reach = self.facts.reach(&context, with).map_err(refuse)?;
            Ok(Around { context: Some(context), reach })
        };
        interfaces?.into_iter().map(around).collect()
    }
}
