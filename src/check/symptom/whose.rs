//! Which VM a run of probes is of: the one that has an address it left from.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::check::{Case, Withheld};
use crate::facts::{Missing, Observed};
use crate::vm::VirtualMachine;

/// Whose a run of probes is.
enum Whose {
    /// This VM's.
    Own,
    /// Another VM's of the input, or nobody can say.
    Others,
    /// Nobody's in the input: it left from an address that this VM does not have. Why, in words.
    Nobodys(String),
}

impl<'f> Case<'f> {
    /// What was probed from this VM.
    ///
    /// A run of probes is of the VM that has an address it left from. Where one VM alone is asked about it is of that one,
    /// unless all addresses of the VM are known and the run left from others.
    pub(in crate::check) fn observed(&self) -> Result<Vec<&'f Observed>, Withheld> {
        let runs = self.runs();
        let is_own = |seen: &&Observed| matches!(runs.get(&*seen.place.document), Some(Whose::Own));
        let own: Vec<&Observed> = self.facts.observations.iter().filter(is_own).collect();
        if own.is_empty() {
            let what = self.probed_elsewhere().map_or_else(
                || "what a probe on this very VM tells".to_owned(),
                |why| format!("a probe that left from this VM ({why})"),
            );
            return Err(Withheld::NotExamined { missing: Missing::new(what) });
        }
        Ok(own)
    }

    /// Why what was probed is not of this VM, where something was and none of it is.
    pub(in crate::check) fn probed_elsewhere(&self) -> Option<String> {
        let mut why = None;
        for whose in self.runs().into_values() {
            match whose {
                Whose::Own => return None,
                Whose::Nobodys(reason) => why = why.or(Some(reason)),
                Whose::Others => {}
            }
        }
        why
    }

    /// The runs, by the documents that tell of them.
    fn runs(&self) -> BTreeMap<&'f str, Whose> {
        let mut runs: BTreeMap<&str, Vec<&Observed>> = BTreeMap::new();
        for seen in &self.facts.observations {
            runs.entry(&*seen.place.document).or_default().push(seen);
        }
        runs.into_iter().map(|(document, run)| (document, self.whose(document, &run))).collect()
    }

    fn whose(&self, document: &str, run: &[&Observed]) -> Whose {
        let left_from: Vec<IpAddr> = run.iter().filter_map(|seen| seen.observation.local).collect();
        let has =
            |vm: &&VirtualMachine| self.addresses_of(vm).0.iter().any(|address| left_from.contains(address));
        let (own, are_all) = match self.vm() {
            Ok(vm) => self.addresses_of(vm),
            Err(_) => (Vec::new(), false),
        };
        match self.facts.vms.iter().find(has) {
            Some(owner) if owner.id == *self.subject.id() => return Whose::Own,
            Some(_) => return Whose::Others,
            None => {}
        }
        if self.facts.vms.len() > 1 && !self.question.alone {
            return Whose::Others;
        }
        match run.iter().find_map(|seen| telling(seen)) {
            Some(address) if are_all && !own.is_empty() => {
                let own: Vec<String> = own.iter().map(ToString::to_string).collect();
                Whose::Nobodys(format!(
                    "`{document}` left from {address}, and this VM has {}: it was probed on another machine, or from \
                     behind address translation, as in a container, where nothing tells whose it is",
                    own.join(", ")
                ))
            }
            _ => Whose::Own,
        }
    }

    /// The private addresses of a VM, and whether these are all of them.
    fn addresses_of(&self, vm: &VirtualMachine) -> (Vec<IpAddr>, bool) {
        let interfaces = self.facts.interfaces_of(vm).unwrap_or_default();
        let mut are_all = !interfaces.is_empty() && interfaces.iter().all(Result::is_ok);
        let mut addresses = Vec::new();
        for configuration in interfaces.into_iter().flatten().flat_map(|one| &one.ip_configurations) {
            are_all &= configuration.private_address.is_some();
            addresses.extend(configuration.private_address);
        }
        (addresses, are_all)
    }
}

/// The address that a target was spoken to from, where it tells whose a run is: the platform may be reached by an interface
/// of the host's own, and every machine has a loopback and addresses of one link alone.
fn telling(seen: &Observed) -> Option<IpAddr> {
    let local = seen.observation.local.filter(|_| !seen.target.is_platform())?;
    let is_everywhere = local.is_loopback()
        || local.is_unspecified()
        || match local {
            IpAddr::V4(local) => local.is_link_local(),
            IpAddr::V6(local) => local.is_unicast_link_local(),
        };
    (!is_everywhere).then_some(local)
}
