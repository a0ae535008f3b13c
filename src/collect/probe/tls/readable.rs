//! Names out of certificates, as people read them: kept as they are, but cut.

use std::net::IpAddr;

use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::prelude::{AttributeTypeAndValue, GeneralName, X509Certificate, X509Name};

/// The longest text that is kept of one name, in characters.
const LONGEST: usize = 160;

/// How many names of a certificate are kept.
const NAMES: usize = 8;

/// A name in the order of RFC 4514, the most telling part first: `CN=Box, O=Works, C=KR`. Nothing in it is escaped: it is
/// for people, and who makes a certificate may write what he likes into any part of it.
pub(super) fn name(name: &X509Name<'_>) -> String {
    let mut parts: Vec<_> = name.iter_attributes().take(16).map(attribute).collect();
    parts.reverse();
    cut(&parts.join(", "))
}

/// The common name, or all of the name where it has none.
pub(super) fn common_name(whole: &X509Name<'_>) -> String {
    let common = whole.iter_common_name().next().map(value);
    common.map_or_else(|| name(whole), |common| cut(&common))
}

/// The names and addresses that a certificate is for: the first few.
pub(super) fn alternatives(certificate: &X509Certificate<'_>) -> Vec<String> {
    let extension = certificate.subject_alternative_name().ok().flatten();
    let names = extension.iter().flat_map(|extension| &extension.value.general_names);
    names.filter_map(alternative).take(NAMES).collect()
}

fn alternative(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(cut(name)),
        GeneralName::IPAddress(octets) => {
            let v4 = <[u8; 4]>::try_from(*octets).map(IpAddr::from);
            let v6 = || <[u8; 16]>::try_from(*octets).map(IpAddr::from);
            v4.or_else(|_| v6()).ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let kind = attribute.attr_type();
    let short = oid2abbrev(kind, oid_registry()).map_or_else(|_| kind.to_id_string(), str::to_owned);
    format!("{short}={}", cut(&value(attribute)))
}

fn value(attribute: &AttributeTypeAndValue<'_>) -> String {
    // Text of any kind; what is none, such as a sixteen-bit string, is shown with what is no text replaced.
    let text = attribute.as_str().map(str::to_owned);
    text.unwrap_or_else(|_| String::from_utf8_lossy(attribute.as_slice()).into_owned())
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
