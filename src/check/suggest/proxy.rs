//! Requirements that are met through a proxy inside the network.
//!
//! ```text
//! VM ──(1)──► its groups ──► the proxy's groups ──(2)──► proxy ──(3)──► the proxy's groups ──► the service
//!     outbound to the proxy's port        inbound on it            outbound, for the requirements of the VM
//! ```

use std::net::IpAddr;

use super::draft::Draft;
use super::need::{Need, asked, direct, from, host, is_lone, ports, primary, straight};
use super::{Asked, PROXY_ADMITS_VM, Remark, VM_TO_PROXY};
use crate::backup::{AlternativeKind, Applies};
use crate::check::path::{Demand, rule_name, subnet};
use crate::check::{Around, Case};
use crate::facts::Resolution;
use crate::net::{AddressSet, PortSet, Prefix, Protocol};
use crate::nsg::Direction;

/// An HTTP proxy inside the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proxy {
    /// Its address.
    pub address: IpAddr,
    /// The port on which it takes requests.
    pub port: u16,
}

/// A demand and whether it is made.
type Made = (Demand, Applies);

/// Judges everything that is asked of the subject: what may go through a proxy by way of it, the rest straight.
pub(super) fn through(case: &Case<'_>, proxy: Proxy, draft: &mut Draft) {
    let own = case.primary().is_ok_and(|around| around.reach.addresses.contains(proxy.address));
    if own {
        return direct(case, draft);
    }
    let asked = asked(case, draft);
    let Some(around) = primary(case, &asked, draft) else { return };
    let (proxied, rest): (Vec<Made>, Vec<Made>) = asked.into_iter().partition(|(demand, _)| may_go(demand));
    for (demand, applies) in &rest {
        straight(case, (demand, *applies), around, draft);
    }
    let made = proxied.iter().map(|(_, applies)| *applies);
    let Some(applies) = made.reduce(|one, other| if one == Applies::Yes { one } else { other }) else {
        let reason = "nothing that is asked of it may go through a proxy".to_owned();
        return draft.unneeded(Remark { asked: of(case, VM_TO_PROXY), reason });
    };
    let side = Side { case, proxy, applies, around };
    draft.take(case, &side.to_proxy());
    side.at_proxy(&proxied, draft);
}

fn may_go(demand: &Demand) -> bool {
    let kinds = [AlternativeKind::Proxy, AlternativeKind::ProxyWithCredentials];
    kinds.iter().any(|kind| demand.requirement.alternative(*kind).is_some())
}

fn of(case: &Case<'_>, requirement: &'static str) -> Asked {
    Asked { subject: case.subject.id().clone(), requirement }
}

/// The subject's side of a proxy.
struct Side<'s, 'f> {
    case: &'s Case<'f>,
    proxy: Proxy,
    applies: Applies,
    around: &'s Around<'f>,
}

impl<'f> Side<'_, 'f> {
    /// (1): past the subject's own groups.
    fn to_proxy(&self) -> Need<'_, 'f> {
        Need {
            rule: "AllowBackupToProxy".to_owned(),
            ..self.request(VM_TO_PROXY, Direction::Outbound, self.around)
        }
    }

    /// (2) and (3): past the proxy's groups, in and out.
    fn at_proxy(&self, proxied: &[Made], draft: &mut Draft) {
        let Some((subject, around)) = self.beside(draft) else { return };
        let need = Need {
            asked: Asked { subject: subject.subject.clone(), requirement: PROXY_ADMITS_VM },
            rule: "AllowBackupProxyInbound".to_owned(),
            ..self.request(PROXY_ADMITS_VM, Direction::Inbound, &around)
        };
        if need.source.is_empty() {
            let reason = "who would send to the proxy is not known (`--assume vnet=PREFIX`)".to_owned();
            draft.doubt(need.remark(reason));
        } else {
            draft.take(self.case, &need);
        }
        for (demand, applies) in proxied {
            let asked = Asked { requirement: demand.requirement.id, ..subject.clone() };
            let far_end = match &demand.far_end {
                Ok(far_end) => far_end.clone(),
                Err(reason) => {
                    draft.doubt(Remark { asked, reason: reason.clone() });
                    continue;
                }
            };
            let need = Need {
                asked,
                applies: *applies,
                around: &around,
                direction: Direction::Outbound,
                demand: Some(demand),
                what: format!("{} from the proxy to `{}`", demand.service(), far_end.name),
                source: self.proxy.address.into(),
                // Only the proxy may leave: nothing around it shall.
                subnet: vec![Prefix::host(self.proxy.address)],
                to: far_end,
                ports: ports(demand),
                protocol: demand.requirement.protocol,
                rule: rule_name(demand).replace("AllowBackup", "AllowBackupProxy"),
            };
            draft.take(self.case, &need);
        }
    }

    /// What the subject sends to the proxy, at either's lists.
    fn request<'n>(
        &self,
        requirement: &'static str,
        direction: Direction,
        around: &'n Around<'f>,
    ) -> Need<'n, 'f> {
        let Proxy { address, port } = self.proxy;
        let family = if address.is_ipv4() { AddressSet::all_ipv4() } else { AddressSet::all_ipv6() };
        Need {
            asked: of(self.case, requirement),
            applies: self.applies,
            around,
            direction,
            demand: None,
            what: format!("Tcp {port} to the proxy at {address}"),
            source: self.senders(direction).intersection(&family),
            subnet: subnet(self.around),
            to: host(address, format!("proxy {address}")),
            ports: PortSet::one(port),
            protocol: Protocol::Tcp,
            rule: String::new(),
        }
    }

    /// Who sends to the proxy. A group on its own says nothing of them, and that the whole internet shall get in was
    /// never asked.
    fn senders(&self, direction: Direction) -> AddressSet {
        if is_lone(self.case) && direction == Direction::Inbound {
            return AddressSet::from_prefixes(self.case.question.assumed.network.iter().copied());
        }
        from(self.case, self.around)
    }

    /// What is around the proxy, and what to call it; for a group on its own that is the group itself.
    fn beside(&self, draft: &mut Draft) -> Option<(Asked, Around<'f>)> {
        if is_lone(self.case) {
            return Some((of(self.case, PROXY_ADMITS_VM), self.around.clone()));
        }
        let address = self.proxy.address;
        let owns = |prefix: Option<IpAddr>| prefix == Some(address);
        let facts = self.case.facts;
        let found = facts
            .interfaces
            .iter()
            .find(|interface| interface.ip_configurations.iter().any(|one| owns(one.private_address)));
        let Some(interface) = found else {
            let reason = format!("no network interface with the proxy's address {address} is in the input");
            draft.doubt(Remark { asked: of(self.case, PROXY_ADMITS_VM), reason });
            return None;
        };
        let context = facts.context_of(interface);
        let with = Resolution {
            tags: self.case.tags,
            prefer: self.case.question.prefer,
            assumed_space: &self.case.question.assumed.network,
        };
        let subject = interface.vm.id().unwrap_or(&interface.id).clone();
        let asked = Asked { subject, requirement: PROXY_ADMITS_VM };
        match facts.reach(&context, with) {
            Ok(reach) => Some((asked, Around { context: Some(context), reach })),
            Err(error) => {
                draft.doubt(Remark { asked, reason: error.to_string() });
                None
            }
        }
    }
}
