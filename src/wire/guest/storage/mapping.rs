//! `/etc/crypttab`: `name device [key file] [options]`.

use super::ROWS;
use crate::guest::Mapping;

/// Its lines.
pub(super) fn read(text: &str) -> Vec<Mapping> {
    text.lines().filter_map(mapping).take(ROWS).collect()
}

fn mapping(line: &str) -> Option<Mapping> {
    let mut fields = line.split_whitespace();
    let name = fields.next().filter(|name| !name.starts_with('#'))?.to_owned();
    let device = fields.next()?.to_owned();
    let key = fields.next().filter(|key| !matches!(*key, "none" | "-")).map(str::to_owned);
    Some(Mapping { name, device, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_file_or_somebody_is_asked() {
        let mappings = read(
            "# comment\ndata UUID=1 none luks\nswap /dev/sdb2 /dev/urandom swap\nroot /dev/sda4 /boot/key luks\nalone\n",
        );
        let rows: Vec<_> = mappings
            .iter()
            .map(|each| (each.name.as_str(), each.key.as_deref(), each.is_fleeting()))
            .collect();
        assert_eq!(
            rows,
            [("data", None, false), ("swap", Some("/dev/urandom"), true), ("root", Some("/boot/key"), false)]
        );
    }
}
