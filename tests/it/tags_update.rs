//! `tags update`, the cache that it fills, and what becomes of answers by it.

mod fetching;
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use azpreflight::tags::TagCatalog;
use serde_json::{Value, json};

use crate::cli::{Run, folder, program};
use server::{Reply, Server};

/// A day after the embedded release.
static LATER: LazyLock<String> = LazyLock::new(|| {
    let embedded = TagCatalog::embedded().release().date.expect("a day");
    embedded.tomorrow().expect("a day after").strftime("%Y%m%d").to_string()
});

/// A file of the cloud in China, which has no embedded copy, with the tags that backup needs and one more.
fn china(change: u32, prefix: &str) -> String {
    let tag = |name: &str, prefix: &str| json!({"name": name, "id": name, "properties": {"changeNumber": 1, "region": "", "platform": "Azure", "systemService": "", "addressPrefixes": [prefix], "networkFeatures": null}});
    let tags = [
        tag("AzureActiveDirectory", "192.0.2.0/27"),
        tag("AzureBackup", "192.0.2.32/27"),
        tag("AzureCloud", "192.0.2.0/24"),
        tag("Storage", prefix),
    ];
    json!({"changeNumber": change, "cloud": "China", "values": tags}).to_string()
}

/// The public file with one more tag and a number.
fn public(change: u32) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/service-tags/public.json");
    let text = fs::read_to_string(path).expect("the public file");
    let begin = format!(
        "{{\"changeNumber\":{change},\"cloud\":\"Public\",\"values\":[\n{{\"name\":\"New.KoreaCentral\",\"id\":\"n\",\"properties\":{{\"changeNumber\":1,\"region\":\"koreacentral\",\"systemService\":\"New\",\"addressPrefixes\":[\"192.0.2.0/24\"]}}}},"
    );
    let whole = text.replacen("{\"changeNumber\":null,\"cloud\":\"Public\",\"values\":[", &begin, 1);
    assert_ne!(whole, text);
    whole
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::write(&path, content).expect("written");
    path.to_str().expect("text").to_owned()
}

/// Runs the program with a cache, and without proxies.
fn run(cache: &Path, arguments: &[&str]) -> Run {
    let mut command = program(arguments);
    command.env("AZPREFLIGHT_CACHE", cache);
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY", "no_proxy", "NO_PROXY"]
    {
        command.env_remove(name);
    }
    command.output().expect("the program runs").into()
}

/// `tags update --from …` with JSON.
fn update(cache: &Path, arguments: &[&str]) -> Run {
    run(cache, &[&["tags", "update", "--format", "json", "--from"], arguments].concat())
}

/// Where a test's files and its cache, which is not there yet, are.
fn places(name: &str) -> (PathBuf, PathBuf) {
    let folder = folder(name);
    let cache = folder.join("cache");
    (folder, cache)
}

fn looked_up(cache: &Path, arguments: &[&str]) -> Run {
    run(cache, &[&["tags", "show", "Storage", "--format", "json"], arguments].concat())
}

#[test]
fn a_newer_file_of_the_public_cloud_takes_the_place_of_the_embedded_copy() {
    let (folder, cache) = places("update-public");
    let name = format!("ServiceTags_Public_{}.json", *LATER);
    let file = write(&folder, &name, public(400));
    let answer = update(&cache, &[&file]).json();
    assert_eq!(
        (&answer["schema"], &answer["outcome"]),
        (&json!("azpreflight/tags-update/v1"), &json!("updated"))
    );
    assert_eq!(
        (&answer["offered"]["changeNumber"], &answer["offered"]["cloud"]),
        (&json!(400), &json!("public"))
    );
    assert_eq!((&answer["previous"]["source"], &answer["from"]), (&json!("embedded"), &json!(file)));
    let kept = answer["file"].as_str().expect("a file");
    assert_eq!(
        (fs::read(kept).expect("kept"), kept.ends_with(&name)),
        (fs::read(&file).expect("file"), true)
    );

    let found = run(&cache, &["tags", "lookup", "192.0.2.1", "20.60.16.7"]);
    assert!(
        found.stdout.starts_with("192.0.2.1\tNew.KoreaCentral\n20.60.16.7\tAzureCloud.koreacentral,"),
        "{found:?}"
    );
    let cached = looked_up(&cache, &[]).json();
    let named = looked_up(&cache, &["--tags", kept]).json();
    assert_eq!((&cached["tags"]["source"], &named["tags"]["source"]), (&json!("cache"), &json!("file")));
    for key in ["sha256", "date", "changeNumber", "cloud"] {
        assert_eq!(cached["tags"][key], named["tags"][key], "{key}");
        assert!(key == "cloud" || cached["tags"][key] == answer["offered"][key], "{key}");
    }
    assert_eq!(cached["prefixes"], named["prefixes"]);
    let report = run(&cache, &["check", "examples/agent-too-old", "--format", "json"]).json();
    assert_eq!(
        (&report["run"]["tags"]["source"], &report["run"]["tags"]["sha256"]),
        (&json!("cache"), &cached["tags"]["sha256"])
    );

    assert_eq!(update(&cache, &[&file]).json()["outcome"], "unchanged");
}

#[test]
fn what_is_embedded_is_neither_replaced_by_its_like_nor_by_less() {
    let (folder, cache) = places("update-embedded");
    let day = TagCatalog::embedded().release().date.expect("a day");
    let same = write(&folder, &format!("ServiceTags_Public_{}.json", day.strftime("%Y%m%d")), public(400));
    let answer = update(&cache, &[&same]);
    assert_eq!((answer.exit, &answer.json()["outcome"]), (0, &json!("unchanged")));
    let older = write(&folder, "ServiceTags_Public_20240101.json", public(400));
    let answer = update(&cache, &[&older]);
    assert_eq!((answer.exit, &answer.json()["outcome"]), (1, &json!("older")));
    let few = write(
        &folder,
        &format!("ServiceTags_Public_{}.json", *LATER),
        china(1, "192.0.2.0/24").replace("China", "Public"),
    );
    let refused = update(&cache, &[&few]);
    assert!(
        refused.exit == 2 && refused.stderr.contains("4 prefixes where the release before it has"),
        "{refused:?}"
    );
    assert_eq!(looked_up(&cache, &[]).json()["tags"]["source"], "embedded");
}

#[test]
fn a_cloud_without_embedded_copy_gets_its_tags_from_the_cache() {
    let (folder, cache) = places("update-china");
    assert_eq!(looked_up(&cache, &["--cloud", "china"]).exit, 2);
    let file = |day: &str, change, prefix| {
        write(&folder, &format!("ServiceTags_China_{day}.json"), china(change, prefix))
    };
    let answer = update(&cache, &[&file("20250728", 7, "192.0.2.64/27")]).json();
    assert_eq!((&answer["outcome"], &answer["previous"]), (&json!("updated"), &Value::Null));
    // The user may keep downloads of their own in the same folder.
    let own = "ServiceTags_China_20250630.json";
    write(&cache, own, china(3, "192.0.2.64/27"));
    let shown = looked_up(&cache, &["--cloud", "china"]).json();
    assert_eq!((&shown["tags"]["source"], &shown["prefixes"]), (&json!("cache"), &json!(["192.0.2.64/27"])));

    for (day, change, outcome, exit) in [
        ("20250721", 8, "older", 1),
        ("20250804", 6, "older", 1),
        ("20250728", 7, "unchanged", 0),
        ("20250804", 8, "updated", 0),
    ] {
        let answer = update(&cache, &[&file(day, change, "192.0.2.64/27")]);
        assert_eq!((&answer.json()["outcome"], answer.exit), (&json!(outcome), exit), "{day} {change}");
    }
    let mut kept: Vec<_> =
        fs::read_dir(&cache).expect("a cache").map(|entry| entry.expect("an entry").file_name()).collect();
    kept.sort();
    assert_eq!(kept, [".lock", own, "ServiceTags_China_20250804.json", "service-tags-china.tables"]);
    assert_eq!(looked_up(&cache, &["--cloud", "us-government"]).exit, 2);
    let text = run(&cache, &["tags", "update", "--from", &file("20250804", 8, "192.0.2.64/27")]);
    assert_eq!(
        text.stdout,
        "Service tags of the cloud `china` are up to date: 2025-08-04, change 8 (cache).\n"
    );
}

#[test]
fn what_is_no_list_of_a_whole_cloud_is_not_taken() {
    let (folder, cache) = places("update-refused");
    let good = china(7, "192.0.2.64/27");
    let refused = |name: &str, content: &str, more: &[&str], why: &str| {
        let file = write(&folder, name, content);
        let answer = update(&cache, &[&[file.as_str()], more].concat());
        assert_eq!(answer.exit, 2, "{why}: {answer:?}");
        let error = answer.error();
        assert!(error["message"].as_str().is_some_and(|text| text.contains(why)), "{why}: {error}");
        assert!(!cache.join("service-tags-china.tables").exists(), "{why}");
    };
    let name = "ServiceTags_China_20250728.json";
    refused(name, &good, &["--cloud", "public"], "tags of the cloud `china`, not of `public`");
    refused(name, &good[..good.len() - 1], &[], "whole and valid JSON");
    refused(name, "", &[], "whole and valid JSON");
    refused(name, "<html>no</html>", &[], "expected");
    refused(name, &good.replace("AzureBackup", "AzureBack"), &[], "the tag `AzureBackup` is missing");
    refused("tags.json", &good, &[], "its name must hold the day");
    refused("ServiceTags_China_29990101.json", &good, &[], "yet to come");
    refused(name, &good.replace("China", "AzureGermany"), &[], "closed in 2021");
    refused(name, &good, &["--tags", "x"], "by --from");
    let missing = update(&cache, &["no-such-file.json"]);
    assert!(missing.exit == 2 && missing.stderr.contains("no-such-file.json"), "{missing:?}");
}

#[test]
fn a_broken_cache_is_told_and_the_embedded_copy_used() {
    let (folder, cache) = places("update-broken");
    fs::create_dir_all(&cache).expect("a cache");
    let file = write(&folder, &format!("ServiceTags_Public_{}.json", *LATER), public(400));
    assert_eq!(update(&cache, &[&file]).exit, 0);
    let tables = cache.join("service-tags-public.tables");
    let good = fs::read(&tables).expect("tables");
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let other = [b"azpreflight service tags 2\n", &good[27..]].concat();
    for (broken, why) in [
        (&good[..good.len() / 2], "fill whole buffer"),
        (&flipped, "not what its head says"),
        (&other, "not in the form"),
        (b"".as_slice(), "not in the form"),
    ] {
        fs::write(&tables, broken).expect("broken");
        let answer = looked_up(&cache, &[]);
        assert_eq!((answer.exit, &answer.json()["tags"]["source"]), (0, &json!("embedded")), "{why}");
        assert!(answer.stderr.contains(why) && answer.stderr.lines().count() == 1, "{why}: {answer:?}");
    }
    let again = update(&cache, &[&file]);
    assert_eq!((again.exit, &again.json()["outcome"]), (0, &json!("updated")));
    let whole = looked_up(&cache, &[]);
    assert_eq!((whole.stderr.as_str(), &whole.json()["tags"]["source"]), ("", &json!("cache")));
    fs::remove_file(&tables).expect("removed");
    fs::create_dir(&tables).expect("a folder in its place");
    let answer = looked_up(&cache, &[]);
    assert!(answer.exit == 0 && answer.stderr.contains("service-tags-public.tables"), "{answer:?}");
}

#[test]
fn the_cache_is_where_the_environment_says() {
    let (folder, cache) = places("update-where");
    let file = write(&folder, "ServiceTags_China_20250728.json", china(7, "192.0.2.64/27"));
    let stored = |set: &[(&str, &Path)]| {
        let mut command = program(&["tags", "update", "--format", "json", "--from", &file]);
        command.env_remove("AZPREFLIGHT_CACHE").env_remove("XDG_CACHE_HOME").env_remove("HOME");
        command.envs(set.iter().copied()).output().map(Run::from).expect("the program runs")
    };
    let at = |run: Run| run.json()["file"].as_str().expect("a file").to_owned();
    let (own, xdg, home) = (cache.join("own"), cache.join("xdg"), cache.join("home"));
    if cfg!(unix) {
        let all = [("AZPREFLIGHT_CACHE", own.as_path()), ("XDG_CACHE_HOME", &xdg), ("HOME", &home)];
        assert_eq!(Path::new(&at(stored(&all))).parent(), Some(own.as_path()));
        assert_eq!(Path::new(&at(stored(&all[1..]))).parent(), Some(xdg.join("azpreflight").as_path()));
        assert_eq!(
            Path::new(&at(stored(&all[2..]))).parent(),
            Some(home.join(".cache/azpreflight").as_path())
        );
        let relative = stored(&[("XDG_CACHE_HOME", Path::new("relative"))]);
        assert!(relative.exit == 2 && relative.stderr.contains("AZPREFLIGHT_CACHE"), "{relative:?}");
    }
    assert_eq!(stored(&[("AZPREFLIGHT_CACHE", Path::new(""))]).exit, 2);
    // A file where the folder should be: whoever runs the tests may write everywhere, so no mode would stop them.
    let in_the_way = write(&folder, "in-the-way", "x");
    let refused = stored(&[("AZPREFLIGHT_CACHE", Path::new(&in_the_way))]);
    assert!(refused.exit == 2 && refused.stderr.contains("in-the-way"), "{refused:?}");
    let read = looked_up(Path::new(&in_the_way), &[]);
    assert_eq!((read.exit, read.stderr.as_str()), (0, ""));
}

#[test]
fn updates_at_the_same_time_leave_one_whole_release() {
    let (folder, cache) = places("update-concurrent");
    let files: Vec<String> = (0..6)
        .map(|n| {
            write(
                &folder,
                &format!("ServiceTags_China_2025070{}.json", n + 1),
                china(n + 1, &format!("192.0.2.{}/32", n + 1)),
            )
        })
        .collect();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let answer = looked_up(&cache, &["--cloud", "china"]);
                assert!(answer.exit == 0 || answer.stderr.contains("holds no service tags"), "{answer:?}");
                assert!(!answer.stderr.contains("left out"), "{answer:?}");
            }
        });
        let writers: Vec<_> = files.iter().map(|file| scope.spawn(|| update(&cache, &[file]))).collect();
        for writer in writers {
            let answer = writer.join().expect("an update");
            assert!(
                ["updated", "older"].contains(&answer.json()["outcome"].as_str().expect("text")),
                "{answer:?}"
            );
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        reader.join().expect("a reader");
    });
    let last = looked_up(&cache, &["--cloud", "china"]).json();
    assert_eq!((&last["prefixes"], &last["tags"]["date"]), (&json!(["192.0.2.6/32"]), &json!("2025-07-06")));
    assert!(cache.join("ServiceTags_China_20250706.json").exists());
}
