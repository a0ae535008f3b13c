//! Which targets follow from what a workload needs.

use azpreflight::azure::{Cloud, Region};
use azpreflight::backup::{
    AgentBand, DiskKind, Inquiry, Plan, Profile, Severity, Situation, Workload, is_inferred, plan,
    requirements, tempered,
};
use azpreflight::guest::Settings;
use azpreflight::input::{Bundle, Document};
use azpreflight::probe::{
    Consumer, Expectation, Failure, FailureKind, Need, Observation, Outcome, Phase, Target, Via, advice,
    meaning,
};

fn inquiry(workload: Workload, profile: Profile, situation: Situation) -> Inquiry {
    Inquiry {
        workload,
        profile,
        situation,
        storage_accounts: Vec::new(),
        vault_region: None,
        proxies: Vec::new(),
        settings: azpreflight::guest::Settings::default(),
        named: Vec::new(),
    }
}

/// Of which nothing is known but where it is.
fn somewhere(cloud: Cloud, region: &str) -> Situation {
    Situation {
        cloud: Some(cloud),
        region: Some(Region::parse(region)),
        file_recovery: true,
        ..Situation::default()
    }
}

/// `requirement host:port expectation need consumer`, one a target.
fn shown(plan: &Plan) -> Vec<String> {
    let need = |need: &Need| match need {
        Need::Required => "required".to_owned(),
        Need::Optional => "optional".to_owned(),
        Need::Depends(on) => format!("({on})"),
    };
    let row = |target: &Target| {
        let id = target.requirement.as_deref().unwrap_or("-");
        let (need, consumer) = (need(&target.need), target.consumer);
        format!("{id} {} {} {need} {consumer}", target.authority, target.expectation)
    };
    plan.targets.iter().map(row).collect()
}

#[test]
fn every_row_is_probed_or_skipped_with_the_reason() {
    for workload in Workload::ALL {
        for profile in Profile::ALL {
            for (cloud, region) in [
                (Cloud::Public, "koreacentral"),
                (Cloud::UsGovernment, "usgovvirginia"),
                (Cloud::China, "chinaeast2"),
                (Cloud::Germany, "germanycentral"),
                (Cloud::Public, "mooneast"),
            ] {
                for accounts in [vec![], vec!["example".to_owned()]] {
                    let mut asked = inquiry(*workload, *profile, somewhere(cloud, region));
                    asked.storage_accounts = accounts;
                    every_row_of(&asked, &plan(&asked));
                }
            }
        }
    }
}

fn every_row_of(asked: &Inquiry, plan: &Plan) {
    for row in requirements(asked.workload, asked.profile) {
        for (port, answer) in row.ports.iter().zip(row.probing.answers) {
            let probed = plan.targets.iter().filter(|target| {
                target.requirement.as_deref() == Some(row.id)
                    && target.authority.port == *port
                    && target.expectation == *answer
            });
            let skipped =
                plan.skipped.iter().filter(|skip| skip.requirement == row.id && skip.port == *port).count();
            let what = format!("{} {} {} {port}", asked.workload, asked.profile, row.id);
            assert!(probed.clone().count() + skipped > 0, "{what}");
            // Nothing but a blocker is ever required.
            assert!(
                row.severity == Severity::Blocker
                    || probed.clone().all(|target| target.need == Need::Optional),
                "{what}"
            );
            assert!(probed.clone().all(|target| row.probing.consumers.contains(&target.consumer)), "{what}");
        }
    }
    for skip in &plan.skipped {
        let helps = ["--storage-account", "--region", "--target", "in the cloud"];
        assert!(helps.iter().any(|help| skip.reason.contains(help)), "{}", skip.reason);
    }
    for target in &plan.targets {
        assert!(!target.authority.to_string().contains(['*', '{', '}']), "{}", target.authority);
    }
}

#[test]
fn a_vm_of_today_needs_the_host_alone() {
    let modern = Situation {
        agent: Some(AgentBand::Supported),
        disks: Some(DiskKind::Managed),
        write_accelerator: Some(false),
        agentless: Some(false),
        custom_dns: Some(false),
        region: Some(Region::parse("koreacentral")),
        snapshot_method: Some(azpreflight::backup::SnapshotMethod::FirstHostThenGuest),
        ..Situation::default()
    };
    let asked = inquiry(Workload::Vm, Profile::Current, modern);
    let plan = plan(&asked);
    assert_eq!(
        shown(&plan),
        [
            "wire-server 168.63.129.16:80 wire-server required agent",
            "wire-server 168.63.129.16:32526 tcp required agent",
            "wire-server-https 168.63.129.16:443 tcp optional agent",
            "imds 169.254.169.254:80 imds optional agent",
        ]
    );
    assert_eq!(plan.skipped, []);
}

#[test]
fn port_8443_belongs_to_the_founding_documents() {
    let managed = Situation { disks: Some(DiskKind::Managed), ..somewhere(Cloud::Public, "koreacentral") };
    let mut asked = inquiry(Workload::Vm, Profile::Y2018, managed.clone());
    asked.storage_accounts = vec!["example".into()];
    assert!(
        shown(&plan(&asked)).contains(
            &"storage-managed-disks example.blob.core.windows.net:8443 storage required extension".to_owned()
        ),
        "{:?}",
        shown(&plan(&asked))
    );
    for workload in Workload::ALL {
        asked = Inquiry { workload: *workload, profile: Profile::Current, ..asked };
        assert!(plan(&asked).targets.iter().all(|target| target.authority.port != 8443));
    }
}

#[test]
fn a_database_needs_three_services_of_its_region() {
    let mut asked = inquiry(Workload::Sql, Profile::Current, somewhere(Cloud::Public, "Korea Central"));
    asked.storage_accounts = vec!["example".into()];
    let planned = plan(&asked);
    let rows = shown(&planned);
    for row in [
        "backup-service pod01-manag1.krc.backup.windowsazure.com:443 https required workload",
        "storage example.blob.core.windows.net:443 storage required workload",
        "storage example.queue.core.windows.net:443 storage required workload",
        "identity login.microsoftonline.com:443 https required workload",
    ] {
        assert!(rows.contains(&row.to_owned()), "{row} in {rows:#?}");
    }
    let inferred: Vec<String> =
        planned.targets.iter().filter(|t| is_inferred(t)).map(|t| t.authority.host.to_string()).collect();
    assert_eq!(
        inferred,
        ["pod01-manag1.krc.backup.windowsazure.com", "pod01-prot1.krc.backup.windowsazure.com"]
    );
    let skipped: Vec<&str> = planned.skipped.iter().map(|skip| skip.host_pattern.as_str()).collect();
    assert_eq!(skipped, ["*.blob.storage.azure.net"]);
}

#[test]
fn what_is_not_known_makes_a_need_depend_on_it() {
    let mut asked = inquiry(Workload::Vm, Profile::Current, somewhere(Cloud::Public, "koreacentral"));
    asked.storage_accounts = vec!["example".into()];
    let rows = shown(&plan(&asked));
    let row = "storage example.blob.core.windows.net:443 storage (the version of the VM agent) agent";
    assert!(rows.contains(&row.to_owned()), "{rows:#?}");
}

#[test]
fn a_host_that_the_user_names_stands_for_its_pattern() {
    let mut asked = inquiry(Workload::Sql, Profile::Current, somewhere(Cloud::Public, "koreacentral"));
    let named = |text: &str| Target::named(text.parse().unwrap(), Expectation::Storage);
    asked.named = vec![
        named("md-a.z1.blob.storage.azure.net:443"),
        named("md-a.z1.blob.storage.azure.net:8443"),
        named("mine.blob.core.windows.net:443"),
    ];
    let plan = plan(&asked);
    let own: Vec<_> = plan.targets.iter().filter(|target| target.consumer == Consumer::User).collect();
    let ids: Vec<_> = own.iter().map(|target| target.requirement.as_deref()).collect();
    assert_eq!(ids, [Some("storage"), None, Some("storage")]);
    let skipped: Vec<&str> = plan.skipped.iter().map(|skip| skip.host_pattern.as_str()).collect();
    assert_eq!(skipped, ["{account}.queue.core.windows.net"]);
}

#[test]
fn every_proxy_is_tried_and_none_before_the_platform() {
    let mut asked = inquiry(Workload::Sql, Profile::Current, somewhere(Cloud::Public, "koreacentral"));
    asked.proxies = vec!["http://10.0.0.5:3128".parse().unwrap(), "http://10.0.0.6:3128".parse().unwrap()];
    let plan = plan(&asked);
    for target in &plan.targets {
        assert_eq!(target.is_platform(), target.via == Via::Direct, "{}", target.authority);
    }
    let login = plan.targets.iter().filter(|t| t.requirement.as_deref() == Some("identity"));
    assert_eq!(
        login.map(|t| t.via.to_string()).collect::<Vec<_>>(),
        ["http://10.0.0.5:3128", "http://10.0.0.6:3128"]
    );
}

#[test]
fn every_consumer_goes_the_way_that_it_is_told() {
    let told = settings(
        "/etc/waagent.conf",
        "Provisioning.Agent=auto\nHttpProxy.Host=10.0.0.5\nHttpProxy.Port=3128\n",
    );
    let old = Situation { agent: Some(AgentBand::Unsupported), ..somewhere(Cloud::Public, "koreacentral") };
    let mut asked = inquiry(Workload::Vm, Profile::Current, old);
    asked.storage_accounts = vec!["example".into()];
    asked.settings = told;
    let plan = plan(&asked);
    let of = |id: &str| plan.targets.iter().find(|t| t.requirement.as_deref() == Some(id)).unwrap();
    let agent = of("storage");
    assert_eq!((agent.consumer, agent.via.to_string().as_str()), (Consumer::Agent, "http://10.0.0.5:3128"));
    assert_eq!(agent.configured_by.as_deref(), Some("HttpProxy.Host in /etc/waagent.conf"));
    assert_eq!(of("storage-guest-snapshot").via, Via::Direct);
    assert_eq!((&of("wire-server").via, &of("imds").via), (&Via::Direct, &Via::Direct));
    assert!(plan.notes.iter().any(|note| note.contains("nothing promises")), "{:?}", plan.notes);
}

fn settings(name: &str, text: &str) -> Settings {
    let document = Document { name: name.into(), bytes: text.as_bytes().to_vec(), named_by_user: true };
    let facts = azpreflight::wire::parse(&Bundle { documents: vec![document] }).unwrap();
    assert!(!facts.proxy_settings.is_empty());
    facts.proxy_settings
}

/// The settings of the account SYSTEM.
fn system(values: &str) -> Settings {
    let key = r"HKEY_USERS\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings";
    settings("system.reg", &format!("Windows Registry Editor Version 5.00\r\n\r\n[{key}]\r\n{values}\r\n"))
}

#[test]
fn who_goes_the_same_way_shares_a_target() {
    let old = Situation { agent: Some(AgentBand::Unsupported), ..somewhere(Cloud::Public, "koreacentral") };
    let mut asked = inquiry(Workload::Vm, Profile::Current, old);
    let consumers = |plan: &Plan| {
        let wire = plan.targets.iter().filter(|t| t.requirement.as_deref() == Some("wire-server"));
        wire.map(|target| target.consumers().collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let both = || vec![Consumer::Agent, Consumer::Extension];
    assert_eq!(consumers(&plan(&asked)), [both(), both()]);
    // Nothing stands before the platform, whatever the settings.
    asked.settings = Settings::default().without_accounts();
    assert_eq!(consumers(&plan(&asked)), [both(), both()]);
}

#[test]
fn a_way_that_is_not_known_proves_nothing() {
    let mut asked = inquiry(Workload::Sql, Profile::Current, somewhere(Cloud::Public, "koreacentral"));
    asked.storage_accounts = vec!["example".into()];
    let unread = Settings::default().without_accounts();
    for (told, why) in [
        (system("\"AutoConfigURL\"=\"http://wpad/proxy.pac\""), "a script decides"),
        (system("\"ProxyServer\"=\"10.0.0.5:3128\""), "ProxyEnable"),
        (system("\"ProxyEnable\"=dword:00000001\r\n\"ProxyServer\"=\"https://10.0.0.5:3128\""), "scheme"),
        (system("\"ProxyEnable\"=dword:00000001\r\n\"ProxyServer\"=\"socks=10.0.0.5:1080\""), "SOCKS"),
        (unread, "not read"),
    ] {
        asked.settings = told;
        let plan = plan(&asked);
        let of = |id: &'static str| plan.targets.iter().filter(move |t| t.requirement.as_deref() == Some(id));
        assert!(of("wire-server").chain(of("imds")).all(|target| target.uncertain.is_none()));
        let identity: Vec<&Target> = of("identity").collect();
        assert!(!identity.is_empty());
        for target in identity {
            assert!(target.uncertain.as_ref().is_some_and(|it| it.contains(why)), "{why}: {target:?}");
            let silent = Failure::new(Phase::Connect, FailureKind::TimedOut, "no answer");
            for seen in [Observation::begun(0).reached(), Observation::begun(0).failed(silent)] {
                let seen = tempered(target, seen);
                assert_eq!((seen.outcome, &seen.failure), (Outcome::Undecided, &None));
                assert!(seen.notes[0].contains(" all the same: "), "{:?}", seen.notes);
                assert!(meaning(target, &seen).contains(why), "{}", meaning(target, &seen));
                assert!(advice(target, &seen).is_some_and(|advice| advice.contains("--proxy")));
            }
        }
    }
    // Where the proxy is named by the user, there is no doubt.
    asked.proxies = vec!["http://10.0.0.5:3128".parse().unwrap()];
    assert!(plan(&asked).targets.iter().all(|target| target.uncertain.is_none()));
}
