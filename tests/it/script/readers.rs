//! What a script says, by readers written from the languages' own pages: small ones, for what scripts use.

use std::process::Command as Process;

use serde_json::Value;

use super::expected::Pairs;

/// The words a shell makes of command lines, with `az` standing for a program that prints them: one list a command.
pub(crate) fn shell(lines: &str, shell: &str) -> Vec<Vec<String>> {
    let script = format!("az() {{ printf '%s\\0' \"$@\" $'\\001'; }}\n{lines}");
    // dash has no $'…': the mark is put in as a byte
    let script = script.replace("$'\\001'", "\u{1}");
    let output = Process::new(shell)
        .arg("-c")
        .arg(script)
        .env_clear()
        .env("RESOURCE_GROUP", "set-by-the-user")
        .output()
        .expect("a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8 in, UTF-8 out");
    let mut commands = vec![Vec::new()];
    for word in text.split_terminator('\0') {
        match word {
            "\u{1}" => commands.push(Vec::new()),
            word => commands.last_mut().expect("one").push(word.to_owned()),
        }
    }
    commands.pop();
    commands
}

/// Flags with their values, as `az` reads them; what comes before the first flag is the name of the command.
pub(crate) fn flags(words: &[String]) -> Pairs {
    let value = |text: &str| match text.strip_prefix('\'') {
        Some(inner) => inner.strip_suffix('\'').expect("a closing quote").replace("'/", "'"),
        None => text.to_owned(),
    };
    let mut pairs = Pairs::new();
    let mut flag = None;
    for word in words {
        match word.split_once('=') {
            Some((name, joined)) if name.starts_with("--") && !name.contains(' ') => {
                pairs.push((name.to_owned(), value(joined)));
            }
            _ if word.starts_with("--") => flag = Some(word.clone()),
            _ => pairs.extend(flag.clone().map(|flag| (flag, value(word)))),
        }
    }
    pairs
}

/// The strings of a PowerShell script, in order.
///
/// Source: `about_Quoting_Rules`; the five single quotes are those of the language specification, 2.3.5.2.
pub(crate) fn powershell(text: &str) -> Vec<String> {
    let quote = |letter: char| matches!(letter, '\'' | '\u{2018}'..='\u{201b}');
    let mut strings: Vec<String> = Vec::new();
    let (mut gap, mut letters) = (String::new(), text.chars().peekable());
    while let Some(letter) = letters.next() {
        let mut piece = String::new();
        if quote(letter) {
            loop {
                let inner = letters.next().unwrap_or_else(|| panic!("an open string in {text}"));
                assert!(!inner.is_control(), "{inner:?} in {text}");
                if quote(inner) {
                    match letters.next_if(|next| quote(*next)) {
                        Some(second) => piece.push(second),
                        None => break,
                    }
                } else {
                    piece.push(inner);
                }
            }
        } else {
            gap.push(letter);
            let Some(before) = gap.strip_suffix("[char]") else { continue };
            let mut number = String::new();
            while let Some(digit) = letters.next_if(char::is_ascii_digit) {
                number.push(digit);
            }
            piece.push(number.parse::<u32>().ok().and_then(char::from_u32).expect("a letter"));
            gap = before.to_owned();
        }
        match strings.last_mut() {
            Some(last) if gap == " + " => last.push_str(&piece),
            _ => strings.push(piece),
        }
        gap.clear();
    }
    strings
}

/// The strings of a Bicep file, in order. Source: "Strings" in the data types reference.
pub(crate) fn bicep(text: &str) -> Vec<String> {
    strings(text, ("//", '\''), |escape, letters| match escape {
        '\\' | '\'' | '$' => escape,
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            assert_eq!(letters.next(), Some('{'));
            let digits: String = letters.by_ref().take_while(|letter| *letter != '}').collect();
            code(&digits)
        }
        other => panic!("no escape: {other:?}"),
    })
}

/// The strings of a Terraform file, in order. Source: "Strings and Templates".
pub(crate) fn terraform(text: &str) -> Vec<String> {
    let found = strings(text, ("#", '"'), |escape, letters| match escape {
        '\\' | '"' => escape,
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => code(&letters.by_ref().take(4).collect::<String>()),
        other => panic!("no escape: {other:?}"),
    });
    found.into_iter().map(|string| string.replace("$${", "${").replace("%%{", "%{")).collect()
}

/// Strings between `quote`s on lines that are no comment; `\` begins an escape, `${` would begin code.
fn strings(
    text: &str,
    (comment, quote): (&str, char),
    escape: impl Fn(char, &mut std::str::Chars<'_>) -> char,
) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with(comment)) {
        assert!(!line.contains(char::is_control), "{line:?}");
        let mut letters = line.chars();
        while let Some(letter) = letters.next() {
            if letter != quote {
                continue;
            }
            let mut string = String::new();
            loop {
                let inner = letters.next().unwrap_or_else(|| panic!("an open string in {line}"));
                if inner == quote {
                    break;
                }
                if inner == '\\' {
                    let sign = letters.next().expect("an escape");
                    string.push(escape(sign, &mut letters));
                    continue;
                }
                let opens =
                    |sign| inner == sign && letters.as_str().starts_with('{') && !string.ends_with(sign);
                let code = opens('$') || quote == '"' && opens('%');
                assert!(!code || letters.as_str().starts_with("{var."), "code in {line}");
                string.push(inner);
            }
            found.push(string);
        }
    }
    found
}

fn code(digits: &str) -> char {
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).expect("a letter")
}

/// What the rules of a template say. Source: "Escape characters" in the template syntax reference.
pub(crate) fn arm(text: &str) -> Pairs {
    let template: Value = serde_json::from_str(text).expect("JSON");
    let mut pairs = Pairs::new();
    for resource in template["resources"].as_array().expect("resources") {
        pairs.push(("name".into(), literal(&resource["name"])));
        for (key, value) in resource["properties"].as_object().expect("properties") {
            match value {
                Value::Array(entries) => pairs.extend(entries.iter().map(|entry| {
                    let entry = if entry.is_object() { &entry["id"] } else { entry };
                    (key.clone(), literal(entry))
                })),
                value => pairs.push((key.clone(), literal(value))),
            }
        }
    }
    pairs
}

fn literal(value: &Value) -> String {
    let Some(text) = value.as_str() else { return value.to_string() };
    if !(text.starts_with('[') && text.ends_with(']')) {
        return text.to_owned();
    }
    let inner = text.strip_prefix("[[").unwrap_or_else(|| panic!("an expression: {text}"));
    format!("[{inner}")
}
