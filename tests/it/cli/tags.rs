//! `tags …`.

use serde_json::json;

use super::{document, folder, run, run_with};

#[test]
fn an_address_is_looked_up_by_name_of_its_tags() {
    let answer = run(&["tags", "lookup", "20.60.16.7"]);
    assert_eq!(answer.exit, 0);
    assert_eq!(
        answer.stdout,
        "20.60.16.7\tAzureCloud.koreacentral,Storage.KoreaCentral,Storage,AzureCloud\n"
    );
    let json = run(&["tags", "lookup", "20.60.16.7", "192.0.2.1", "--format", "json"]).json();
    assert_eq!(json["schema"], "azpreflight/tags-lookup/v1");
    assert_eq!(
        json["results"][0]["tags"][1],
        json!({"name": "Storage.KoreaCentral", "prefix": "20.60.16.0/24"})
    );
    assert_eq!(json["results"][1], json!({"address": "192.0.2.1", "tags": []}));
}

#[test]
fn a_stream_is_one_line_in_one_line_out() {
    let answer = run_with(&["tags", "lookup", "-"], "20.60.16.7\r\n\n192.0.2.1\n2603:1000::1");
    let lines: Vec<&str> = answer.stdout.lines().collect();
    assert_eq!((answer.exit, lines.len()), (0, 4), "{answer:?}");
    assert!(lines[0].starts_with("20.60.16.7\tAzureCloud.koreacentral"));
    assert_eq!((lines[1], lines[2]), ("", "192.0.2.1\t"));
    let json = run_with(&["tags", "lookup", "-", "--format", "json"], "20.60.16.7\n192.0.2.1\n");
    assert_eq!(json.stdout.lines().count(), 2);
    let first: serde_json::Value =
        serde_json::from_str(json.stdout.lines().next().expect("a line")).expect("JSON");
    assert_eq!(first["results"][0]["address"], "20.60.16.7");
}

#[test]
fn a_stream_stops_at_what_is_no_address_after_answering_what_came_before() {
    let answer = run_with(&["tags", "lookup", "-"], "20.60.16.7\nexample.com\n20.60.16.8\n");
    assert_eq!((answer.exit, answer.stdout.lines().count()), (2, 1), "{answer:?}");
    assert!(answer.stderr.contains("line 2") && answer.stderr.contains("`example.com`"), "{answer:?}");
    let long = "9".repeat(1_000_000);
    let answer = run_with(&["tags", "lookup", "-"], &long);
    assert!(answer.exit == 2 && answer.stderr.len() < 400, "{}", answer.stderr.len());
}

#[test]
fn show_takes_any_spelling_and_says_which_tag_it_took() {
    let json = run(&["tags", "show", "storage.KOREA central", "--format", "json"]).json();
    assert_eq!(
        (&json["asked"], &json["name"]),
        (&json!("storage.KOREA central"), &json!("Storage.KoreaCentral"))
    );
    assert_eq!(json["region"], "koreacentral");
    assert!(json["prefixes"].as_array().is_some_and(|prefixes| prefixes.contains(&json!("20.60.16.0/24"))));
    let unknown = run(&["tags", "show", "AzureBackupp"]);
    assert!(unknown.exit == 2 && unknown.stderr.contains("`AzureBackup`"), "{unknown:?}");
}

#[test]
fn export_is_a_list_or_the_side_of_a_rule() {
    let list = run(&["tags", "export", "AzureBackup.koreacentral", "--family", "ipv4"]);
    let prefixes: Vec<&str> = list.stdout.lines().collect();
    assert!(prefixes.len() > 1 && prefixes.iter().all(|prefix| prefix.contains('.')), "{list:?}");
    let rule = run(&["tags", "export", "AzureBackup.koreacentral", "--family", "ipv4", "--as", "rule"]);
    assert_eq!(rule.stdout.trim_end(), prefixes.join(" "));
    let json =
        run(&["tags", "export", "AzureBackup.koreacentral", "--as", "rule", "--format", "json"]).json();
    assert!(json["destinationAddressPrefixes"].as_array().is_some_and(|all| all.len() >= prefixes.len()));
}

#[test]
fn list_is_every_name() {
    let names = run(&["tags", "list"]);
    let count = names.stdout.lines().count();
    assert!(count > 1000 && names.stdout.contains("\nStorage.KoreaCentral\n"), "{count}");
    let json = run(&["tags", "list", "--format", "json"]).json();
    assert_eq!(json["serviceTags"].as_array().map(Vec::len), Some(count));
    assert_eq!(json["tags"]["source"], "embedded");
    assert_eq!(run(&["tags", "list", "azurebackup.korea"]).stdout.lines().count(), 2);
}

#[test]
fn a_file_takes_the_place_of_the_copy_inside() {
    let here = folder("cli-tag-file");
    let file = document(
        &here,
        "ServiceTags_China_20260105.json",
        &json!({"changeNumber": 5, "cloud": "China", "values": [{"name": "Storage.ChinaEast2", "id": "x",
            "properties": {"changeNumber": 3, "region": "chinaeast2", "systemService": "AzureStorage",
                           "addressPrefixes": ["192.0.2.0/24"]}}]}),
    );
    let answer = run(&["tags", "lookup", "192.0.2.9", "--tags", &file]);
    assert_eq!(answer.stdout, "192.0.2.9\tStorage.ChinaEast2\n", "{answer:?}");
    let shown = run(&["tags", "show", "storage.chinaeast2", "--tags", &file, "--format", "json"]).json();
    assert_eq!((&shown["tags"]["cloud"], &shown["tags"]["source"]), (&json!("china"), &json!("file")));
    assert_eq!((&shown["tags"]["changeNumber"], &shown["tags"]["date"]), (&json!(5), &json!("2026-01-05")));
    let other = run(&["tags", "lookup", "192.0.2.9", "--tags", &file, "--cloud", "public"]);
    assert_eq!(other.exit, 2, "{other:?}");
    let without = run(&["tags", "lookup", "192.0.2.9", "--cloud", "china"]);
    assert!(without.exit == 2 && without.stderr.contains("--tags"), "{without:?}");
    let broken = document(&here, "broken.json", &json!({"values": [{"name": 5}]}));
    let refused = run(&["tags", "list", "--tags", &broken, "--format", "json"]);
    assert_eq!((refused.exit, refused.error()["document"].as_str()), (2, Some(broken.as_str())));
}
