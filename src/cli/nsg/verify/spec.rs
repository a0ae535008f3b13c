//! Sets of addresses as people name them: an address, a prefix, a service tag, or everything.

use crate::azure::platform;
use crate::cli::tags::unknown_text;
use crate::net::{AddressSet, Prefix};
use crate::nsg::{OpenOperand, Scope};
use crate::tags::TagCatalog;

/// What a name stands for.
#[derive(Debug)]
pub(super) struct Spec {
    /// The largest set it can be.
    pub(super) set: AddressSet,
    /// Why it may be a smaller one; `None` where it is exactly this.
    pub(super) open: Option<OpenOperand>,
}

/// What names mean at one place.
pub(super) struct Names<'a> {
    /// The contextual tags.
    pub(super) scope: Scope,
    /// All others.
    pub(super) tags: &'a TagCatalog,
}

impl Names<'_> {
    /// The addresses of a text; the error says what it is instead.
    pub(super) fn resolve(&self, text: &str) -> Result<Spec, String> {
        let text = text.trim();
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        if text == "*" {
            return Ok(exactly(AddressSet::all()));
        }
        if let Ok(prefix) = text.parse::<Prefix>() {
            return Ok(exactly(prefix.into()));
        }
        if is("VirtualNetwork") {
            return Ok(self.virtual_network());
        }
        if is("Internet") {
            return Ok(self.internet());
        }
        if is("AzureLoadBalancer") {
            let blocks = platform::load_balancer().iter();
            let probes = blocks.filter_map(|block| Prefix::new(block.address, block.length).ok());
            return Ok(exactly(AddressSet::from_prefixes(probes)));
        }
        let found = self.tags.resolve(text).map_err(|unknown| {
            format!("`{text}` is neither an address nor a prefix, and there is {}", unknown_text(&unknown))
        })?;
        Ok(exactly(found.addresses()))
    }

    fn virtual_network(&self) -> Spec {
        let known = self.scope.virtual_network.clone();
        match &self.scope.virtual_network_open {
            None => exactly(known),
            Some((open, extent)) => Spec { set: known.union(extent), open: Some(open.clone()) },
        }
    }

    fn internet(&self) -> Spec {
        let set = self.scope.internet.difference(&self.scope.virtual_network);
        let open = self.scope.virtual_network_open.as_ref().map(|(open, _)| open.clone());
        Spec { set, open }
    }
}

const fn exactly(set: AddressSet) -> Spec {
    Spec { set, open: None }
}
