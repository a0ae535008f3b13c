//! `nsg suggest INPUT…`: the smallest changes of rules that let everything through that backup asks for.

mod answer;
mod text;

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{ArgMatches, Args, ValueEnum};

use crate::azure::Region;
use crate::backup::{Profile, Workload};
use crate::check::{Case, Proxy, Question, Source, Subject, suggest};
use crate::cli::assume::Assumed;
use crate::cli::catalog::Catalog;
use crate::cli::check::{PreferWord, cloud_of, profile, subjects, workload};
use crate::cli::endpoint::Endpoint;
use crate::cli::{Exit, Failure, Session, Subcommand, arguments_of, input};
use crate::facts::Facts;
use crate::reach::Prefer;
use crate::report::Page;
use answer::Answer;

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "suggest",
    about: "The smallest changes of rules that backup needs, each proved",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
struct Arguments {
    /// Files and directories of exported JSON; `-` is standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// What is to be backed up: vm, sql, hana, mars
    #[arg(long, default_value = "vm", value_parser = workload, hide_default_value = true)]
    workload: Workload,
    /// Whose requirements count: current, or 2018 for the founding documents
    #[arg(long, default_value = "current", value_parser = profile, hide_default_value = true)]
    profile: Profile,
    /// The VM, by name or id [default: all; without any, every group on its own]
    #[arg(long, value_name = "NAME|ID")]
    vm: Option<String>,
    /// This group on its own, by name or id, with the requirements as they are stated
    #[arg(long, value_name = "NAME|ID", conflicts_with = "vm")]
    nsg: Option<String>,
    /// The region, where no VM tells: regional service tags instead of global ones
    #[arg(long)]
    region: Option<String>,
    /// What may go through an HTTP proxy goes through this one, inside the network
    #[arg(long, value_name = "IP:PORT", value_parser = proxy)]
    proxy: Option<Proxy>,
    /// The language of the commands in text [default: azure-cli]
    #[arg(long = "as", value_name = "LANGUAGE", value_enum, default_value_t = Language::AzureCli, hide_default_value = true)]
    language: Language,
    /// Which holds where effective rules or routes and the configuration disagree
    #[arg(long, value_enum)]
    prefer: Option<PreferWord>,
    /// Something you vouch for where the input says nothing, such as agent=2.9.1.1
    #[arg(long, value_name = "KEY=VALUE")]
    assume: Vec<String>,
}

/// A language to write changes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    /// Commands of az for a POSIX shell
    AzureCli,
    /// Az PowerShell
    Powershell,
    /// A Bicep file
    Bicep,
    /// Blocks for the azurerm provider
    Terraform,
    /// A template for Azure Resource Manager
    Arm,
}

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    let mut assumed = Assumed::read(&arguments.assume)?;
    let mut facts = input::read(&arguments.inputs)?;
    let region = arguments.region.as_deref().map(region).transpose()?;
    if let Some(region) = region {
        place(&mut facts, &region, arguments.nsg.is_some());
        assumed.facts.region = Some(region);
    }
    assumed.weigh_agent(&facts, arguments.profile)?;
    assumed.facts.cloud = session.options.cloud.or(assumed.facts.cloud);
    let subjects = match &arguments.nsg {
        Some(name) => vec![Subject::Group(input::named(&facts.security_groups, name)?)],
        None => subjects(&facts, arguments.vm.as_deref())?,
    };
    let catalog = Catalog::choose(session, assumed.facts.cloud.or_else(|| cloud_of(&facts, &subjects)))?;
    let question = Question {
        workload: arguments.workload,
        profile: arguments.profile,
        prefer: arguments.prefer.map(Prefer::from),
        as_of: session.as_of(),
        vault: None,
        assumed: assumed.facts,
        ignored: Vec::new(),
        sources: vec![Source::Export],
        alone: true,
    };
    let cases: Vec<Case<'_>> =
        subjects.into_iter().map(|subject| Case::new(&facts, &catalog, subject, &question)).collect();
    let found = suggest(&cases, arguments.proxy);
    let answer = Answer::of(&cases, &found);
    if session.is_json() {
        session.write_json(&answer)?;
    } else {
        session
            .write(|out| text::write(&answer, arguments.language, &mut Page::new(out, session.layout())))?;
    }
    Ok(answer.exit())
}

/// A region that data or tags know: a slip of the pen would ask for the tags of the whole world instead.
fn region(text: &str) -> Result<Region, Failure> {
    let region = Region::parse(text);
    if region.is_known() {
        return Ok(region);
    }
    Err(Failure::Usage(format!("`--region {text}` is no region known here, such as koreacentral")))
}

/// Puts groups that are judged on their own where the user says they are.
fn place(facts: &mut Facts, region: &Region, alone: bool) {
    if !alone && !facts.vms.is_empty() {
        return;
    }
    let ids: Vec<_> = facts.security_groups.iter().map(|group| group.id.clone()).collect();
    for id in ids {
        if let Some(group) = facts.security_groups.find_mut(&id) {
            group.region = Some(region.clone());
        }
    }
}

/// `IP:PORT`, as part of an `http://` address too.
fn proxy(text: &str) -> Result<Proxy, String> {
    let refuse = || "expected an address inside the network and a port, such as 10.0.0.5:8080".to_owned();
    let plain = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
    let Endpoint { address, port } = plain.parse().map_err(|_| refuse())?;
    let port = port.filter(|port| *port > 0).ok_or_else(refuse)?;
    let usable = match address {
        IpAddr::V4(address) => !address.is_unspecified() && !address.is_loopback(),
        IpAddr::V6(address) => !address.is_unspecified() && !address.is_loopback(),
    };
    if usable { Ok(Proxy { address, port }) } else { Err(refuse()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_an_address_and_a_port() {
        let read = |text| proxy(text).map(|proxy| (proxy.address.to_string(), proxy.port));
        assert_eq!(read("10.0.0.5:8080"), Ok(("10.0.0.5".into(), 8080)));
        assert_eq!(read("http://[fd00::5]:3128/"), Ok(("fd00::5".into(), 3128)));
        for text in ["10.0.0.5", "10.0.0.5:*", "10.0.0.5:0", "proxy:8080", "127.0.0.1:8080", "0.0.0.0:80", ""]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_region_is_one_that_is_known() {
        assert_eq!(region("Korea Central").unwrap().name(), "koreacentral");
        assert!(region("koreacentra").is_err());
    }
}
