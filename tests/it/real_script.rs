//! Scripts read by real parsers: PowerShell and Bicep by grammars of tree-sitter, Bicep by pycep too, HCL by the parser that
//! Terraform has; commands of `az` run by the real one against a stand-in for Azure on 127.0.0.1.
//!
//! `tests/run.sh --real` installs them, names them in `AZPREFLIGHT_PARSERS`, `AZPREFLIGHT_HCL` and `AZPREFLIGHT_AZ` and
//! runs these tests; there they fail without them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use azpreflight::azure::ResourceId;
use azpreflight::nsg::Priority;
use azpreflight::script::{RuleChange, Script};
use serde_json::{Value, json};

use crate::script::expected::{Language, Pairs, added};
use crate::script::hostile::{Case, cases};

const CASES: usize = 300;

/// What a program answers to some JSON.
fn answer(program: &str, arguments: &[&str], question: &Value) -> Value {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let mut input = child.stdin.take().expect("piped");
    let question = question.to_string();
    let writer = std::thread::spawn(move || input.write_all(question.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    writer.join().expect("a thread").expect("it reads all");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} must name what tests/real/install.sh installs"))
}

fn beside(script: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real").join(script);
    path.to_str().expect("UTF-8").to_owned()
}

fn by_parsers(scripts: &[Script]) -> Value {
    let texts = scripts.iter().map(|script| json!({"powershell": script.powershell, "bicep": script.bicep}));
    answer(&variable("AZPREFLIGHT_PARSERS"), &[&beside("read_scripts.py")], &texts.collect())
}

fn by_hcl(scripts: &[Script]) -> Value {
    variable("AZPREFLIGHT_HCL");
    answer(
        "node",
        &[&beside("read_hcl.js")],
        &scripts.iter().map(|script| script.terraform.as_str()).collect(),
    )
}

fn pairs(value: &Value) -> Pairs {
    let pair = |pair: &Value| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned()));
    value.as_array().expect("pairs").iter().map(|entry| pair(entry).expect("texts")).collect()
}

/// The arguments of a resource, sorted; literals as HCL has them, so unescaped here.
fn arguments(resource: &Value) -> Pairs {
    let text = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if text == "${var.resource_group_name}" {
            text
        } else {
            text.replace("$${", "${").replace("%%{", "%{")
        }
    };
    let mut pairs = Pairs::new();
    for (name, value) in resource.as_object().expect("a resource") {
        match value {
            Value::Array(values) => pairs.extend(values.iter().map(|value| (name.clone(), text(value)))),
            value => pairs.push((name.clone(), text(value))),
        }
    }
    pairs.sort();
    pairs
}

/// Holds what the parsers of Bicep say to what was meant; each must have read most of the texts.
fn holds_for_bicep(read: &Value, wanted: &[Pairs]) {
    for (parser, least) in [("bicep", 250), ("pycep", 100)] {
        let answers = read.as_array().expect("answers").iter().map(|answer| &answer[parser]);
        let told: Vec<_> = answers.zip(wanted).filter(|(answer, _)| !answer.is_null()).collect();
        assert!(told.len() >= least, "{parser} has read {} of {}", told.len(), wanted.len());
        for (answer, wanted) in told {
            assert_eq!(&pairs(answer), wanted, "{parser}");
        }
    }
}

fn scripts(cases: &[Case], change: impl Fn(&Case) -> Script) -> Vec<Script> {
    cases.iter().map(change).collect()
}

#[test]
#[ignore = "needs real parsers: tests/run.sh --real"]
fn rules_to_add_are_read_back_as_they_were() {
    let cases = cases(0x4ea1, CASES);
    let scripts = scripts(&cases, |case| Script::of(&[RuleChange::add(&case.group, &case.rule)]));
    let (read, blocks) = (by_parsers(&scripts), by_hcl(&scripts));
    let wanted: Vec<Pairs> = cases.iter().map(|case| added(case, Language::Bicep)).collect();
    holds_for_bicep(&read, &wanted);
    for (index, (case, script)) in cases.iter().zip(&scripts).enumerate() {
        let mut found = pairs(&read[index]["powershell"]);
        let mut commands = found.clone();
        commands.retain(|(name, _)| name == "command");
        found.retain(|(name, _)| name != "command");
        assert_eq!(found, added(case, Language::PowerShell), "{}", script.powershell);
        let wanted =
            ["Get-AzNetworkSecurityGroup", "Add-AzNetworkSecurityRuleConfig", "Set-AzNetworkSecurityGroup"];
        let context = case.group.subscription().map(|_| "Set-AzContext");
        assert!(commands.iter().map(|(_, name)| name.as_str()).eq(context.into_iter().chain(wanted)));
        assert_eq!(blocks[index].as_array().map(Vec::len), Some(1), "{}", script.terraform);
        let mut terraform = added(case, Language::Terraform);
        terraform.sort();
        assert_eq!(arguments(&blocks[index][0]), terraform, "{}", script.terraform);
    }
}

#[test]
#[ignore = "needs real parsers: tests/run.sh --real"]
fn rules_to_move_are_read_back_as_they_were() {
    let cases = cases(0x4ea2, CASES);
    let scripts =
        scripts(&cases, |case| Script::of(&[RuleChange::renumber(&case.group, &case.rule, Priority(4000))]));
    let (read, blocks) = (by_parsers(&scripts), by_hcl(&scripts));
    let moved = |case: &Case, language| {
        let priority = case.rule.priority.to_string();
        let mut pairs = added(case, language);
        for (name, value) in &mut pairs {
            if name == "priority" && *value == priority {
                "4000".clone_into(value);
            }
        }
        pairs
    };
    let wanted: Vec<Pairs> = cases.iter().map(|case| moved(case, Language::Bicep)).collect();
    holds_for_bicep(&read, &wanted);
    for (index, (case, script)) in cases.iter().zip(&scripts).enumerate() {
        let found = pairs(&read[index]["powershell"]);
        let named = [("EQ".to_owned(), case.rule.name.clone())];
        assert!(found.windows(1).any(|window| window == named), "{}", script.powershell);
        let mut terraform = moved(case, Language::Terraform);
        terraform.sort();
        let mut found = arguments(&blocks[index][0]);
        found.sort();
        assert_eq!(found, terraform, "{}", script.terraform);
    }
}

#[test]
#[ignore = "needs real parsers: tests/run.sh --real"]
fn what_takes_a_rule_back_is_read_back_too() {
    let cases = cases(0x4ea3, CASES);
    let scripts = scripts(&cases, |case| Script::undoing(&[RuleChange::add(&case.group, &case.rule)]));
    let (read, blocks) = (by_parsers(&scripts), by_hcl(&scripts));
    holds_for_bicep(&read, &vec![Pairs::new(); CASES]);
    for (index, (case, script)) in cases.iter().zip(&scripts).enumerate() {
        let found = pairs(&read[index]["powershell"]);
        let removal = [
            ("command".to_owned(), "Remove-AzNetworkSecurityRuleConfig".to_owned()),
            ("Name".to_owned(), case.rule.name.clone()),
        ];
        assert!(found.windows(2).any(|window| window == removal), "{}", script.powershell);
        assert_eq!(blocks[index], json!([]), "nothing is declared: {}", script.terraform);
    }
}

/// What the real `az` sends to Azure when it runs these command lines.
fn requests(lines: &[String]) -> Vec<Value> {
    variable("AZPREFLIGHT_AZ");
    let mut child = Command::new(beside("run-az.sh"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the script starts");
    let mut input = child.stdin.take().expect("piped");
    for line in lines {
        write!(input, "{line}\0").expect("it reads all");
    }
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !complaints.contains("failed: "), "{complaints}");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a request"))
        .collect()
}

/// The path of a rule, for a group without an id in the resource group of the stand-in.
fn path(group: &ResourceId, rule: &str) -> String {
    format!(
        "/subscriptions/s-1/resourceGroups/{}/providers/Microsoft.Network/networkSecurityGroups/{}/securityRules/{rule}",
        group.resource_group().unwrap_or("set-by-the-user"),
        group.name()
    )
}

/// The properties that a template declares, as Azure then has them; null where nothing is declared any more.
fn declared(script: &Script) -> Value {
    let template: Value = serde_json::from_str(&script.arm).expect("JSON");
    let mut properties = template["resources"][0]["properties"].clone();
    let Some(fields) = properties.as_object_mut() else { return properties };
    for value in fields.values_mut() {
        if let Some(text) = value.as_str().and_then(|text| text.strip_prefix("[[")) {
            *value = format!("[{text}").into();
        }
    }
    fields.insert("provisioningState".into(), "Succeeded".into());
    properties
}

#[test]
#[ignore = "needs the real az: tests/run.sh --real"]
fn az_sends_the_rule_that_the_template_declares() {
    let mut cases = cases(0xa2, 12);
    for (case, name) in cases.iter_mut().zip(["null", "'quoted'", "@file", "-o", "??", "a=@b"]) {
        name.clone_into(&mut case.rule.name);
    }
    // a NUL can be part of no argument
    cases.retain(|case| !format!("{case:?}").contains("\\0"));
    assert!(cases.len() >= 8, "{} cases", cases.len());
    let mut lines = Vec::new();
    let mut wanted = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let added = [RuleChange::add(&case.group, &case.rule)];
        let moved = [RuleChange::renumber(&case.group, &case.rule, Priority(4000))];
        let mut scripts = vec![("PUT", Script::of(&added))];
        if index % 3 == 0 {
            scripts.push(("PUT", Script::of(&moved)));
            scripts.push(("DELETE", Script::undoing(&added)));
        }
        for (method, script) in scripts {
            let properties = declared(&script);
            wanted.push((method, path(&case.group, &case.rule.name), properties));
            lines.push(script.azure_cli);
        }
    }
    let sent = requests(&lines);
    assert_eq!(sent.len(), wanted.len());
    for (request, (method, path, properties)) in sent.iter().zip(wanted) {
        assert_eq!(
            (request["method"].as_str(), request["path"].as_str()),
            (Some(method), Some(path.as_str()))
        );
        assert_eq!(request["body"]["properties"], properties, "{path}");
    }
}

#[test]
#[ignore = "needs real parsers: tests/run.sh --real"]
fn the_collector_is_powershell() {
    let judge = |path: &Path| {
        let program = variable("AZPREFLIGHT_PARSERS");
        Command::new(program).arg(beside("read_powershell.py")).arg(path).output().expect("it runs")
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/collect.ps1");
    let judged = judge(&script);
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    // The judge does refuse what is none.
    let text = std::fs::read_to_string(script).unwrap();
    let broken = Path::new(env!("CARGO_TARGET_TMPDIR")).join("broken.ps1");
    std::fs::write(&broken, text.replacen("foreach (", "foreach ((", 1)).unwrap();
    assert!(!judge(&broken).status.success());
}

/// Secrets as files of Windows and of Azure's extensions hold them; `§` stands for one.
const SECRETS: [&str; 40] = [
    "password=§",
    r#""password":"§""#,
    r#""password": "a\"§","x":1"#,
    r#"\"password\":\"§\",\"x\":1"#,
    r#"{"a":"{\"sasToken\":\"§\"}"}"#,
    "{'password': u'§'}",
    "Password = 'it''s §'",
    "https://user:§@proxy:3128/",
    r"https:\/\/user:§@proxy/",
    "https://acct.blob.core.windows.net/c?sv=1&sig=§&se=2",
    "sig%3D§",
    r"?sv=1\u0026sig\u003d§\u0026se=2",
    r"sig\\u003d§",
    "<Password>§</Password>",
    "<AdministratorPassword><Value>§</Value></AdministratorPassword>",
    "<ProtectedSettings xmlns=\"x\"><a>§</a></ProtectedSettings>",
    "<add key=\"x\" password=\"§\"/>",
    "AccountName=a;AccountKey=§==;EndpointSuffix=x",
    "SharedAccessKey=§",
    "Set-Thing -Password § -Force",
    "setup.exe /password §",
    "Authorization: Basic §",
    r#""authorization":"Bearer abc§""#,
    "Cookie: a=§; b=§",
    "SECRET_KEY=§",
    "secretValue: §",
    "client-secret-value: §",
    "x-functions-key: §",
    "Ocp-Apim-Subscription-Key: §",
    "jwt_eyJhbGciOi.§.x",
    "bearer eyJhbGciOi§",
    "-----BEGIN PRIVATE KEY-----\nMII§\n-----END PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\n§",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----\n§\n-----END PGP PRIVATE KEY BLOCK-----",
    "db_password: \"§\"",
    "client_secret=§",
    r#""protectedSettings":"§""#,
    r#""Password" : "§""#,
    "primaryKey=§",
    "API_KEY: §",
];
/// What holds none.
const OPEN: [&str; 6] = [
    "[2026-11-20T10:00:00.000Z] [INFO] WaAppAgent 2.7.41491.1095 HEART WaAppAgent Heartbeat.",
    r#"{"version":"1.0","status":{"status":"success","code":0,"formattedMessage":{"message":"Snapshot done"}}}"#,
    "ExtErrorCode=76, status: error, design=blue; config=1",
    "the token of the host was renewed",
    "http://168.63.129.16:32526/health",
    "key: value",
];

/// The one part of the collector in PowerShell that can be run here: its expressions.
#[test]
#[ignore = "needs a real Python: tests/run.sh --real"]
fn the_collector_in_powershell_keeps_secrets() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/collect.ps1");
    let lines = ["", "2026-11-20 10:00 begin\n"];
    let planted: Vec<String> = lines
        .iter()
        .flat_map(|line| {
            SECRETS.iter().map(move |form| format!("{line}{}\nend", form.replace('§', "SeQ9rEt")))
        })
        .collect();
    let texts: Vec<&str> = planted.iter().map(String::as_str).chain(OPEN).collect();
    let oracle = beside("collector_secrets.py");
    let program = variable("AZPREFLIGHT_PYTHON");
    let kept = answer(&program, &[&oracle, script.to_str().unwrap()], &json!(texts));
    let kept: Vec<&str> = kept.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    assert_eq!(kept.len(), texts.len());
    let leaks: Vec<(&&str, &&str)> =
        texts.iter().zip(&kept).filter(|(_, kept)| kept.contains("SeQ9rEt")).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
    assert_eq!(&kept[planted.len()..], OPEN);
}
