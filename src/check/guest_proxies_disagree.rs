//! Those who go through a proxy are told of different ones.

use super::case::ways_as_evidence;
use super::finding::documented;
use super::{About, Case, Check, Conclusion, Finding, Remediation, Source, Withheld};
use crate::backup::Severity;
use crate::probe::Via;

pub(super) const CHECK: Check = Check {
    id: "guest-proxies-disagree",
    title: "the VM's settings name different proxies",
    severity: Severity::Note,
    about: About::Vm,
    needs: &[Source::Guest],
    explanation: EXPLANATION,
    run,
};

const EXPLANATION: &str = "\
## What it checks

Through which proxy the VM agent, the snapshot extension, the plugin of a workload and whoever logs in would sign in to Azure, \
each by the settings that it reads.

## Why it matters for backup

What works in a browser or with `curl` proves nothing for an agent that goes another way, and each proxy has to let backup \
through on its own.

## How it decides

It notes two or more different proxies. That one goes directly and another through a proxy is as it may be meant, and passes. \
A way that is not known for sure (a script decides, settings were not read) is inconclusive unless two others already differ. \
Not applicable where no proxy is set, and to agentless backup, which runs nothing inside the VM.

## How to fix

Set the same proxy everywhere, or make sure that each lets backup through.

## References

- https://learn.microsoft.com/azure/backup/backup-sql-server-database-azure-vms
";

fn run(case: &Case<'_>) -> Result<Conclusion, Withheld> {
    case.runs_inside()?;
    let settings = case.proxies()?;
    let ways = case.ways(settings);
    let certain = ways.iter().filter(|(_, route)| route.undecided.is_none());
    let mut proxies: Vec<String> = certain
        .filter_map(|(_, route)| match &route.via {
            Via::Proxy(proxy) => Some(proxy.to_string()),
            Via::Direct => None,
        })
        .collect();
    proxies.sort();
    proxies.dedup();
    let evidence = ways_as_evidence(&ways, settings);
    if proxies.len() > 1 {
        return Ok(Conclusion::Fail(vec![Finding { evidence, ..finding(&proxies, case.vm()?.id.as_str()) }]));
    }
    match ways.into_iter().find_map(|(_, route)| route.undecided) {
        Some(why) => Err(Withheld::inconclusive(why)),
        None => Ok(Conclusion::Pass(evidence)),
    }
}

fn finding(proxies: &[String], subject: &str) -> Finding {
    let message = format!("not everybody in the VM is told to use the same proxy: {}", proxies.join(", "));
    let remedy =
        Remediation::new("set the same proxy everywhere, or make sure that each lets backup through")
            .step("the evidence says who goes which way, and by which setting");
    Finding::new(message, subject).citing(documented(&["SQL", "SCL17"])).remedied_by(remedy)
}
