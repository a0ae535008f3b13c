//! What the VM is told of proxies, and which way everybody goes.

use super::{Case, Withheld};
use crate::azure::platform::WIRE_SERVER;
use crate::backup::Workload;
use crate::check::Evidence;
use crate::guest::{Looked, PackageProxy, Route, Setting, Settings, Stated};
use crate::probe::{Authority, Consumer, Host, Via};
use crate::vm::OsFamily;

/// Where everybody who signs in goes: what the ways to it tell is true of any other host of Azure.
const SIGN_IN: &str = "login.microsoftonline.com:443";
/// Where what is set for Linux stands, when it could not be read.
const PLACES: [&str; 9] = [
    "/etc/environment",
    "/etc/waagent.conf",
    "/etc/profile.d",
    "/etc/systemd/system.conf",
    "/etc/systemd/system.conf.d",
    "/etc/systemd/system/service.d",
    "/etc/systemd/system/waagent.service.d",
    "/etc/systemd/system/walinuxagent.service.d",
    "environment of the VM agent",
];
/// The port of the wire server that everybody knows.
const WIRE_SERVER_PORT: u16 = 80;

impl<'f> Case<'f> {
    /// The settings of proxies, at least one of which is about a proxy.
    ///
    /// Not applicable where the machine is told of none, inconclusive where what tells could not be read.
    pub(in crate::check) fn proxies(&self) -> Result<&'f Settings, Withheld> {
        let settings = &self.facts.proxy_settings;
        self.guest()?;
        if settings.iter().any(Setting::is_about_a_proxy) {
            return Ok(settings);
        }
        if let Some(open) = settings.iter().flat_map(|setting| &setting.open).next() {
            return Err(Withheld::inconclusive(open.as_str()));
        }
        let survey = self.survey()?;
        self.looked_through(&PLACES)?;
        let registry = survey
            .looked
            .iter()
            .any(|(path, looked)| path.starts_with("registry/") && *looked == Looked::Read);
        if survey.system == Some(OsFamily::Windows) && !registry {
            let reason = "the settings of the Windows accounts stand in the registry, which was not read";
            return Err(Withheld::inconclusive(reason));
        }
        Err(Withheld::not_applicable("the machine is told of no proxy"))
    }

    /// Which way everybody goes that backup with this workload depends on, and whoever sits before the machine.
    pub(in crate::check) fn ways(&self, settings: &Settings) -> Vec<(Consumer, Route)> {
        let Ok(to) = SIGN_IN.parse::<Authority>() else { return Vec::new() };
        self.consumers().into_iter().map(|consumer| (consumer, settings.route(consumer, &to, true))).collect()
    }

    /// What those of them would do to the platform's own addresses who follow their settings even there: each clause once.
    pub(in crate::check) fn astray(&self, settings: &Settings) -> Vec<String> {
        let to = Authority { host: Host::Address(WIRE_SERVER.into()), port: WIRE_SERVER_PORT };
        let mut notes: Vec<String> = Vec::new();
        for consumer in self.consumers() {
            for note in settings.route(consumer, &to, false).notes {
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
        notes
    }

    fn consumers(&self) -> Vec<Consumer> {
        match self.question.workload {
            Workload::Vm => vec![Consumer::Agent, Consumer::Extension, Consumer::User],
            Workload::Sql | Workload::Hana => {
                vec![Consumer::Agent, Consumer::Extension, Consumer::Workload, Consumer::User]
            }
            Workload::Mars => vec![Consumer::Workload, Consumer::User],
        }
    }
}

/// The ways as evidence, and what packages are fetched through, the agent's among them.
pub(in crate::check) fn ways_as_evidence(ways: &[(Consumer, Route)], settings: &Settings) -> Vec<Evidence> {
    let told = |(consumer, route): &(Consumer, Route)| {
        let by = route.configured_by.as_ref().map(|by| format!(", by {by}")).unwrap_or_default();
        let open = route.undecided.as_ref().map(|why| format!("; not certain: {why}")).unwrap_or_default();
        let via = match &route.via {
            Via::Direct => "directly".to_owned(),
            Via::Proxy(proxy) => format!("through {proxy}"),
        };
        Evidence::text(name_of(*consumer), format!("{via}{by}{open}"))
    };
    let packages = settings.iter().flat_map(|setting| match &setting.stated {
        Stated::Packages(proxies) => proxies.iter().map(|each| package(setting, each)).collect(),
        _ => Vec::new(),
    });
    ways.iter().map(told).chain(packages).collect()
}

fn package(setting: &Setting, each: &PackageProxy) -> Evidence {
    let via = each.proxy.proxy().map_or_else(ToString::to_string, |proxy| format!("through {proxy}"));
    Evidence::text("packages are fetched", format!("{via}, by {}", setting.names(each.key)))
}

const fn name_of(consumer: Consumer) -> &'static str {
    match consumer {
        Consumer::Agent => "the VM agent goes",
        Consumer::Extension => "the snapshot extension goes",
        Consumer::Workload => "the workload's own agent goes",
        Consumer::User => "whoever logs in goes",
    }
}
