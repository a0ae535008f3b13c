//! The tables of backup knowledge: what they state, and that they state nothing unfounded.

use std::collections::BTreeSet;

use azpreflight::azure::platform;
use azpreflight::azure::{Cloud, Region};
use azpreflight::backup::{
    AgentBand, AlternativeKind, Applies, DiskKind, Endpoint, Feature, FeatureId, Gap, Grounds, LimitId,
    Profile, Requirement, Severity, Situation, SnapshotMethod, Source, Standing, Support, Workload,
    error_code, error_codes, feature, features, limit, limits, operating_systems, requirements, sources,
    vault_name,
};
use azpreflight::check::CHECKS;
use azpreflight::net::{AddressSet, Prefix, Protocol};

fn all_requirements() -> impl Iterator<Item = (Workload, Profile, &'static Requirement)> {
    Workload::ALL.iter().flat_map(|workload| {
        Profile::ALL.iter().flat_map(|profile| {
            requirements(*workload, *profile).iter().map(|requirement| (*workload, *profile, requirement))
        })
    })
}

fn requirement(workload: Workload, profile: Profile, id: &str) -> &'static Requirement {
    requirements(workload, profile).iter().find(|requirement| requirement.id == id).unwrap()
}

/// The ids of what applies, or may, in a situation.
fn asked(
    workload: Workload,
    profile: Profile,
    situation: &Situation,
    wanted: fn(Applies) -> bool,
) -> Vec<&'static str> {
    requirements(workload, profile)
        .iter()
        .filter(|requirement| wanted(requirement.applies(situation)))
        .map(|requirement| requirement.id)
        .collect()
}

fn is_yes(applies: Applies) -> bool {
    applies == Applies::Yes
}

/// A VM of today: managed disks, a supported agent, nothing special.
fn modern() -> Situation {
    Situation {
        agent: Some(AgentBand::Supported),
        disks: Some(DiskKind::Managed),
        write_accelerator: Some(false),
        agentless: Some(false),
        snapshot_method: Some(SnapshotMethod::FirstHostThenGuest),
        hana_instance_snapshot: Some(false),
        custom_dns: Some(false),
        ..Situation::default()
    }
}

#[test]
fn every_row_has_a_source_that_is_listed() {
    let listed: BTreeSet<_> = sources().iter().map(|source| (source.key, source.address)).collect();
    let rows: Vec<(String, &'static [Source])> = all_requirements()
        .flat_map(|(_, _, row)| {
            let others = row
                .alternatives
                .iter()
                .map(move |other| (format!("{} by {}", row.id, other.kind), other.sources));
            std::iter::once((row.id.to_owned(), row.sources)).chain(others)
        })
        .chain(limits().iter().map(|row| (row.id.word().to_owned(), row.sources)))
        .chain(limits().iter().filter_map(|row| Some((row.title.to_owned(), row.disputed?.sources))))
        .chain(features().iter().map(|row| (row.id.word().to_owned(), row.sources)))
        .chain(operating_systems().iter().map(|row| (row.id.to_owned(), row.sources)))
        .chain(
            error_codes()
                .iter()
                .filter(|row| row.grounds != Grounds::Unsourced)
                .map(|row| (row.gist.to_owned(), row.sources)),
        )
        .chain(platform::services().iter().map(|row| (row.id.to_owned(), row.sources)))
        .chain([(vault_name().reason.to_owned(), vault_name().sources)])
        .chain([("internet".to_owned(), platform::internet_complement().sources)])
        .chain([("service-domains".to_owned(), platform::service_domains().sources)])
        .chain(platform::documented_roots().iter().map(|row| (row.name.to_owned(), row.sources)))
        .collect();
    assert!(rows.len() > 150, "{}", rows.len());
    for (row, sources) in rows {
        assert!(!sources.is_empty(), "{row}");
        for source in sources {
            assert!(listed.contains(&(source.key, source.address)), "{row}: {}", source.key);
            assert!(!source.date.is_empty(), "{row}: {}", source.key);
        }
    }
}

#[test]
fn no_unsourced_or_disputed_row_is_a_blocker() {
    for (workload, profile, row) in all_requirements() {
        let shaky = row.disputed || row.grounds != Grounds::Documented;
        assert!(!(shaky && row.severity == Severity::Blocker), "{workload} {profile} {}", row.id);
    }
    for row in features() {
        assert!(
            !(row.support == Support::Disputed && row.severity == Severity::Blocker),
            "{}",
            row.id.word()
        );
    }
}

#[test]
fn a_modern_vm_needs_the_host_and_no_storage() {
    let asked = asked(Workload::Vm, Profile::Current, &modern(), is_yes);
    assert_eq!(asked, ["wire-server", "wire-server-https", "imds"]);
}

#[test]
fn port_8443_is_asked_by_the_founding_documents_alone() {
    for (workload, profile, row) in all_requirements() {
        assert!(profile == Profile::Y2018 || !row.ports.contains(&8443), "{workload} {}", row.id);
    }
}

#[test]
fn an_agent_below_the_support_minimum_makes_storage_a_blocker() {
    for band in [AgentBand::Warning, AgentBand::Unsupported] {
        let old = Situation { agent: Some(band), ..modern() };
        assert!(asked(Workload::Vm, Profile::Current, &old, is_yes).contains(&"storage"), "{}", band.word());
    }
    let storage = requirement(Workload::Vm, Profile::Current, "storage");
    assert_eq!(
        (storage.severity, storage.ports, storage.protocol),
        (Severity::Blocker, &[443][..], Protocol::Tcp)
    );
    assert_eq!(storage.applies(&Situation::default()), Applies::Unknown(Gap::Agent));
    assert_eq!(storage.applies(&Situation { agent: Some(AgentBand::Missing), ..modern() }), Applies::No);
}

#[test]
fn an_agentless_policy_asks_nothing_of_the_guest() {
    let agentless = Situation { agentless: Some(true), write_accelerator: Some(true), ..modern() };
    assert!(asked(Workload::Vm, Profile::Current, &agentless, |applies| applies != Applies::No).is_empty());
}

#[test]
fn a_policy_not_given_exempts_from_nothing() {
    let unknown = Situation { agentless: None, ..modern() };
    assert!(asked(Workload::Vm, Profile::Current, &unknown, is_yes).contains(&"wire-server"));
}

#[test]
fn what_only_the_guest_can_tell_says_so() {
    let exported = Situation { snapshot_method: None, ..modern() };
    let row = requirement(Workload::Vm, Profile::Current, "storage-guest-snapshot");
    let Applies::Unknown(gap) = row.applies(&exported) else { panic!("{:?}", row.applies(&exported)) };
    assert!(gap.is_guest_only());
    assert_eq!(
        row.applies(&Situation { snapshot_method: Some(SnapshotMethod::OnlyGuest), ..modern() }),
        Applies::Yes
    );
}

#[test]
fn where_sources_conflict_a_warning_cites_both() {
    let cites = |sources: &[Source], key: &str| sources.iter().any(|source| source.key == key);
    let accelerated = requirement(Workload::Vm, Profile::Current, "storage-write-accelerator");
    assert!(cites(accelerated.sources, "MATRIX") && cites(accelerated.sources, "VMB"));
    let https = requirement(Workload::Vm, Profile::Current, "wire-server-https");
    assert!(cites(https.sources, "TSAGENT") && cites(https.sources, "WIRE"));
    assert!([accelerated, https].iter().all(|row| row.disputed && row.severity == Severity::Warning));
    let confidential = feature(FeatureId::ConfidentialVm, Profile::Current).unwrap();
    assert!(cites(confidential.sources, "CVM") && cites(confidential.sources, "MATRIX"));
    assert_eq!((confidential.support, confidential.severity), (Support::Disputed, Severity::Warning));
    let stopped = feature(FeatureId::StoppedVm, Profile::Current).unwrap();
    assert!(cites(stopped.sources, "TSVM") && cites(stopped.sources, "TSAGENT"));
    let size = limit(LimitId::DiskSize, Profile::Current).unwrap();
    assert_eq!(
        (size.standing(32_768), size.standing(32_769), size.standing(65_537)),
        (Standing::Within, Standing::Disputed, Standing::TooHigh)
    );
    assert!(cites(size.sources, "MATRIX") && cites(size.disputed.unwrap().sources, "TSAGENT"));
}

#[test]
fn the_founding_matrix_gives_ports_by_disk_kind() {
    let blockers = |disks| {
        let situation = Situation { disks: Some(disks), ..modern() };
        let rows = requirements(Workload::Vm, Profile::Y2018).iter();
        rows.filter(|row| row.applies(&situation) == Applies::Yes && row.severity == Severity::Blocker)
            .filter_map(|row| {
                Some((row.endpoint.tag_name(Some(&Region::parse("Korea Central")))?, row.ports))
            })
            .collect::<Vec<_>>()
    };
    let storage = || "Storage.koreacentral".to_owned();
    assert_eq!(blockers(DiskKind::Unmanaged { encrypted: Some(false) }), [(storage(), &[80][..])]);
    assert_eq!(blockers(DiskKind::Unmanaged { encrypted: Some(true) }), [(storage(), &[443][..])]);
    assert_eq!(blockers(DiskKind::Managed), [(storage(), &[8443][..])]);
}

#[test]
fn the_founding_figures_stand() {
    let disks = |profile, count| limit(LimitId::DataDisks, profile).unwrap().standing(count);
    assert_eq!(disks(Profile::Y2018, 15), Standing::Within);
    assert_eq!(disks(Profile::Y2018, 16), Standing::Disputed);
    assert_eq!(disks(Profile::Y2018, 17), Standing::TooHigh);
    assert_eq!(disks(Profile::Current, 32), Standing::Within);
    assert_eq!(disks(Profile::Current, 33), Standing::TooHigh);
    let accelerated = |profile| feature(FeatureId::WriteAccelerator, profile).unwrap().support;
    assert_eq!(
        (accelerated(Profile::Y2018), accelerated(Profile::Current)),
        (Support::None, Support::Limited)
    );
}

#[test]
fn the_figures_of_today_stand() {
    let bounds = |id| {
        let row = limit(id, Profile::Current).unwrap();
        (row.minimum, row.maximum)
    };
    assert_eq!(bounds(LimitId::RetentionDays), (Some(7), Some(9999)));
    assert_eq!(bounds(LimitId::RetentionWeeks), (None, Some(5163)));
    assert_eq!(bounds(LimitId::RetentionMonths), (None, Some(1188)));
    assert_eq!(bounds(LimitId::RetentionYears), (None, Some(99)));
    assert_eq!(bounds(LimitId::InstantRestoreDaysStandard), (Some(1), Some(5)));
    assert_eq!(bounds(LimitId::InstantRestoreDaysEnhanced), (Some(1), Some(30)));
    assert_eq!(bounds(LimitId::VmDiskTotal), (None, Some(512 * 1024)));
    assert_eq!((bounds(LimitId::CpuCores), bounds(LimitId::Memory)), ((Some(2), None), (Some(1), None)));
    let hours = limit(LimitId::HourlyInterval, Profile::Current).unwrap();
    assert_eq!((hours.standing(6), hours.standing(5)), (Standing::Within, Standing::NotAllowed));
    for id in [FeatureId::UnmanagedDisk, FeatureId::ClassicVm] {
        let Feature { support, since, .. } = feature(id, Profile::Current).unwrap();
        assert_eq!((*support, since.unwrap().to_string().as_str()), (Support::Retired, "2025-09-30"));
    }
    let confidential = feature(FeatureId::ConfidentialVm, Profile::Current).unwrap();
    assert!(
        confidential.is_in(&Region::parse("Korea Central"))
            && !confidential.is_in(&Region::parse("West Europe"))
    );
    assert!(confidential.regions.iter().all(|region| Region::parse(region).is_known()));
}

#[test]
fn databases_need_backup_storage_and_identity() {
    for workload in [Workload::Sql, Workload::Hana, Workload::Mars] {
        for profile in Profile::ALL {
            let blockers: BTreeSet<_> = requirements(workload, *profile)
                .iter()
                .filter(|row| row.severity == Severity::Blocker && row.applies(&modern()) == Applies::Yes)
                .filter_map(|row| row.endpoint.tag_name(None))
                .collect();
            let wanted = ["AzureActiveDirectory", "AzureBackup", "Storage"].map(str::to_owned);
            assert_eq!(blockers, BTreeSet::from(wanted), "{workload} {profile}");
        }
    }
    let manager = requirement(Workload::Hana, Profile::Current, "resource-manager");
    assert_eq!(manager.applies(&Situation::default()), Applies::Unknown(Gap::Policy));
    assert_eq!(manager.applies(&Situation { hana_instance_snapshot: Some(true), ..modern() }), Applies::Yes);
}

#[test]
fn tags_that_are_not_regional_never_get_a_region() {
    let seoul = Region::parse("Korea Central");
    for (_, _, row) in all_requirements() {
        if let Some(name) = row.endpoint.tag_name(Some(&seoul)) {
            assert_eq!(name.contains('.'), name.starts_with("Storage"), "{name}");
        }
    }
}

#[test]
fn every_public_service_names_hosts_in_the_three_clouds() {
    for (workload, _, row) in all_requirements() {
        let Endpoint::Service { tag, .. } = row.endpoint else { continue };
        assert!(!row.endpoint.hosts(Cloud::Public).is_empty(), "{workload} {}", row.id);
        if tag.is_some() {
            let suffixes = [(Cloud::UsGovernment, [".us", ".net"]), (Cloud::China, [".cn", ".cn"])];
            for (cloud, ends) in suffixes {
                let hosts = row.endpoint.hosts(cloud);
                let fits = |host: &&str| ends.iter().any(|end| host.ends_with(end));
                assert!(!hosts.is_empty() && hosts.iter().all(fits), "{workload} {} {hosts:?}", row.id);
            }
        }
    }
}

#[test]
fn private_endpoints_serve_backup_and_storage_but_never_identity() {
    for workload in [Workload::Sql, Workload::Hana, Workload::Mars] {
        let private =
            |id| requirement(workload, Profile::Current, id).alternative(AlternativeKind::PrivateEndpoint);
        let zones = |id| private(id).unwrap().zones.of(Cloud::Public);
        assert_eq!(zones("backup-service"), ["privatelink.*.backup.windowsazure.com"]);
        assert_eq!(
            zones("storage"),
            ["privatelink.blob.core.windows.net", "privatelink.queue.core.windows.net"]
        );
        assert_eq!(private("identity"), None);
    }
    let storage = requirement(Workload::Sql, Profile::Current, "storage");
    assert_eq!(storage.alternative(AlternativeKind::ServiceEndpoint).unwrap().name, "Microsoft.Storage");
}

#[test]
fn error_codes_point_to_checks_that_exist() {
    let known: BTreeSet<_> = CHECKS.iter().map(|check| check.id).collect();
    assert!(error_codes().len() >= 60, "{}", error_codes().len());
    for row in error_codes() {
        assert_eq!(row.causes.is_empty(), row.grounds == Grounds::Unsourced, "{}", row.gist);
        for check in row.causes.iter().flat_map(|cause| cause.checks) {
            assert!(known.contains(check), "{}: {check}", row.gist);
        }
        // The names of the numbers of a range stand in their order.
        if let Some((first, last)) = row.range {
            assert_eq!(row.codes.len(), (last - first + 1) as usize, "{}", row.gist);
        }
    }
}

#[test]
fn the_common_error_codes_are_explained() {
    let codes = "UserErrorGuestAgentStatusUnavailable GuestAgentSnapshotTaskStatusError ExtensionSnapshotFailedNoNetwork
        ExtensionOperationFailedForManagedDisks UserErrorVmProvisioningStateFailed UserErrorRpCollectionLimitReached
        UserErrorKeyvaultPermissionsNotConfigured UserErrorUnsupportedDiskSize VMRestorePointInternalError 380008 320001
        400094 15 76 761 555 556 557 558 402 13 16 85 173 121 122 123 124 17 300 318 500 512 407
        UserErrorBCMUnsupportedDiskCount UserErrorVmVaultLocationMismatch ExtensionFailedVssWriterInBadState";
    for code in codes.split_whitespace() {
        let row = error_code(code).unwrap_or_else(|| panic!("{code}"));
        assert!(row.causes.iter().all(|cause| !cause.text.is_empty()) && !row.fix.is_empty(), "{code}");
    }
    let no_network = error_code("ExtensionSnapshotFailedNoNetwork").unwrap();
    assert!(no_network.is_not.is_some_and(|text| text.contains("SLES 15")));
    assert_eq!(error_code("ExtensionSnapshotBlobReadOnly").unwrap().grounds, Grounds::Unsourced);
}

#[test]
fn the_blocks_outside_the_internet_are_disjoint() {
    let complement = platform::internet_complement();
    let prefixes: Vec<_> = complement
        .special
        .iter()
        .chain(complement.withheld)
        .map(|block| block.to_string().parse::<Prefix>().unwrap())
        .collect();
    let sizes: u64 = prefixes.iter().map(|prefix| 1 << (32 - prefix.length())).sum();
    let set = AddressSet::from_prefixes(prefixes);
    assert_eq!(set.count().to_string(), sizes.to_string());
    assert!(!set.contains(platform::WIRE_SERVER.into()), "the wire server is inside the recorded list");
}

#[test]
fn every_host_that_backup_needs_is_known_as_a_service_of_azure() {
    // Names whose certificates may lead to an authority of Microsoft's own, and Windows' test hosts, which speak no TLS.
    const OTHERS: [&str; 4] =
        ["*.microsoft.com", "policykeyservice.dc.ad.msft.net", "www.msftncsi.com", "www.msftconnecttest.com"];
    let mut seen = BTreeSet::new();
    for (workload, _, row) in all_requirements() {
        for pattern in Cloud::ALL.iter().flat_map(|cloud| row.endpoint.hosts(*cloud)) {
            let host = pattern.replace('*', "any");
            let known = platform::is_service_host(&host);
            assert_eq!(known, !OTHERS.contains(pattern), "{workload} {}: {pattern}", row.id);
            seen.insert(*pattern);
        }
    }
    assert!(OTHERS.iter().all(|other| seen.contains(other)) && seen.len() > 30, "{}", seen.len());
}
