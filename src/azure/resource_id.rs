//! Resource ids, which Azure writes in whatever case it pleases.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::iter;

/// The id of a resource: `/subscriptions/…/resourceGroups/…/providers/Microsoft.Network/networkInterfaces/nic1`.
///
/// Keeps the text it was made from and compares, hashes and orders without regard to (ASCII) case, as Azure does.
/// Any text is accepted: an input without ids gets synthetic ones such as `nsg1` or `vnet1/subnets/a`, whose
/// [`name`](Self::name) and [`child`](Self::child) work alike. Each accessor answers `None` for a part that is not there.
///
/// ```
/// use azpreflight::azure::ResourceId;
/// let nic = ResourceId::new("/subscriptions/S/resourceGroups/G/providers/Microsoft.Network/networkInterfaces/nic1");
/// assert_eq!(nic.provider_type().as_deref(), Some("Microsoft.Network/networkInterfaces"));
/// assert_eq!((nic.subscription(), nic.resource_group(), nic.name()), (Some("S"), Some("G"), "nic1"));
/// assert_eq!(nic, ResourceId::new(nic.as_str().to_uppercase()));
/// ```
#[derive(Clone)]
pub struct ResourceId(String);

impl ResourceId {
    /// An id of this text; surrounding white space and trailing slashes are dropped.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let kept = text.trim().trim_end_matches('/');
        if kept.len() == text.len() { Self(text) } else { Self(kept.to_owned()) }
    }

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a path of Azure Resource Manager rather than a name made up for an input without ids.
    #[must_use]
    pub fn is_path(&self) -> bool {
        self.0.starts_with('/')
    }

    /// The value after `subscriptions`, whatever its form.
    #[must_use]
    pub fn subscription(&self) -> Option<&str> {
        self.scope("subscriptions")
    }

    /// The value after `resourceGroups`.
    #[must_use]
    pub fn resource_group(&self) -> Option<&str> {
        self.scope("resourceGroups")
    }

    /// Provider and types, as in `Microsoft.Network/virtualNetworks/subnets`; of the last provider where an
    /// extension resource (a lock, a role assignment) names two.
    #[must_use]
    pub fn provider_type(&self) -> Option<String> {
        let mut found: Option<String> = None;
        for part in self.parts() {
            match part {
                Part::Provider(namespace) => found = Some(namespace.to_owned()),
                Part::Pair { kind, in_provider: true, .. } => {
                    if let Some(types) = &mut found {
                        types.push('/');
                        types.push_str(kind);
                    }
                }
                Part::Pair { .. } => {}
            }
        }
        found
    }

    /// Whether [`provider_type`](Self::provider_type) is `kind`, in any case.
    #[must_use]
    pub fn is_a(&self, kind: &str) -> bool {
        self.provider_type().is_some_and(|own| own.eq_ignore_ascii_case(kind))
    }

    /// The last segment: the resource's own name. Empty only for an empty id.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The id one level up: the VNet of a subnet, the resource group of a VNet, the subscription of a group.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let up = drop_segments(&self.0, 2)?;
        let above_provider = drop_segments(up, 1)
            .filter(|rest| rest.rsplit('/').next().is_some_and(|key| key.eq_ignore_ascii_case("providers")))
            .and_then(|rest| drop_segments(rest, 1));
        let parent = above_provider.unwrap_or(up);
        (!parent.is_empty()).then(|| Self(parent.to_owned()))
    }

    /// The id of a child resource: `subnet = vnet.child("subnets", "default")`.
    #[must_use]
    pub fn child(&self, kind: &str, name: &str) -> Self {
        Self(format!("{}/{kind}/{name}", self.0))
    }

    fn scope(&self, key: &str) -> Option<&str> {
        self.parts().find_map(|part| match part {
            Part::Pair { kind, name, in_provider: false } if kind.eq_ignore_ascii_case(key) => Some(name),
            _ => None,
        })
    }

    /// Walks the path in pairs, so that a resource *named* `providers` is not taken for the keyword.
    fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let mut segments = self.0.split('/');
        // what stands before the first slash: nothing in a path, the made-up name in a synthetic id
        segments.next();
        let mut in_provider = false;
        iter::from_fn(move || {
            let kind = segments.next()?;
            let name = segments.next().unwrap_or_default();
            if kind.eq_ignore_ascii_case("providers") {
                in_provider = true;
                return Some(Part::Provider(name));
            }
            Some(Part::Pair { kind, name, in_provider })
        })
    }

    fn folded(&self) -> impl Iterator<Item = u8> {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl PartialEq for ResourceId {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for ResourceId {}

impl Hash for ResourceId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().for_each(|byte| state.write_u8(byte));
        state.write_u8(0xff);
    }
}

impl PartialOrd for ResourceId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ResourceId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceId({:?})", self.0)
    }
}

enum Part<'a> {
    /// `providers/Microsoft.Network`
    Provider(&'a str),
    /// `networkInterfaces/nic1`, or `subscriptions/S` outside a provider
    Pair { kind: &'a str, name: &'a str, in_provider: bool },
}

/// `text` without its last `count` segments; none where it has fewer.
fn drop_segments(text: &str, count: usize) -> Option<&str> {
    (0..count).try_fold(text, |rest, _| rest.rsplit_once('/').map(|(head, _)| head))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeSet, HashSet};

    const GROUP: &str = "/subscriptions/subscription_id/resourceGroups/Rg";

    #[test]
    fn odd_subscriptions_are_taken_as_they_are() {
        let id = ResourceId::new(format!("{GROUP}/providers/Microsoft.Compute/virtualMachines/vm1/"));
        assert_eq!(id.subscription(), Some("subscription_id"));
        assert_eq!(id.resource_group(), Some("Rg"));
        assert_eq!(id.name(), "vm1");
        assert!(id.is_a("microsoft.compute/VirtualMachines"));
        assert_eq!(id.as_str(), format!("{GROUP}/providers/Microsoft.Compute/virtualMachines/vm1"));
    }

    #[test]
    fn case_never_counts() {
        let one = ResourceId::new(format!("{GROUP}/providers/Microsoft.Network/networkInterfaces/nic"));
        let other = ResourceId::new(one.as_str().to_uppercase());
        assert_eq!(one, other);
        assert_eq!(one.cmp(&other), Ordering::Equal);
        assert_eq!([one.clone(), other.clone()].into_iter().collect::<HashSet<_>>().len(), 1);
        assert_eq!([one.clone(), other].into_iter().collect::<BTreeSet<_>>().len(), 1);
        assert_ne!(one, ResourceId::new("nic"));
    }

    #[test]
    fn parents_lead_up_to_the_subscription() {
        let vnet = ResourceId::new(format!("{GROUP}/providers/Microsoft.Network/virtualNetworks/v"));
        let subnet = vnet.child("subnets", "default");
        assert_eq!(subnet.provider_type().as_deref(), Some("Microsoft.Network/virtualNetworks/subnets"));
        assert_eq!(subnet.parent(), Some(vnet.clone()));
        let group = vnet.parent().unwrap();
        assert_eq!(group.as_str(), GROUP);
        let subscription = group.parent().unwrap();
        assert_eq!(subscription.as_str(), "/subscriptions/subscription_id");
        assert_eq!(subscription.parent(), None);
        assert_eq!(subscription.provider_type(), None);
    }

    #[test]
    fn an_extension_resource_has_the_type_of_its_last_provider() {
        let vm = ResourceId::new(format!("{GROUP}/providers/Microsoft.Compute/virtualMachines/providers"));
        let lock = ResourceId::new(format!("{vm}/providers/Microsoft.Authorization/locks/keep"));
        assert_eq!(vm.provider_type().as_deref(), Some("Microsoft.Compute/virtualMachines"));
        assert_eq!(lock.provider_type().as_deref(), Some("Microsoft.Authorization/locks"));
        assert_eq!(lock.parent(), Some(vm));
    }

    #[test]
    fn synthetic_ids_have_names_and_children() {
        let subnet = ResourceId::new("vnet1").child("subnets", "a");
        assert_eq!(subnet.name(), "a");
        assert_eq!(subnet.parent(), Some(ResourceId::new("VNET1")));
        assert_eq!((subnet.subscription(), subnet.provider_type()), (None, None));
        assert!(!subnet.is_path());
        assert_eq!(ResourceId::new("nsg1").parent(), None);
    }

    #[test]
    fn nothing_makes_it_fall_over() {
        for text in
            ["", "/", "//", "/subscriptions", "/providers", "/subscriptions//resourceGroups/", "é/ß", "\u{0}"]
        {
            let id = ResourceId::new(text);
            let _ = (id.name(), id.parent(), id.provider_type(), id.subscription(), id.resource_group());
        }
    }
}
