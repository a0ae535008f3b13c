//! TLS and .NET in the registry.

use std::sync::Arc;

use super::at_key;
use crate::guest::windows::{DotNet, DotNetVersion, Listed, Runtime, Tls};
use crate::wire::guest::registry::Key;

/// What a key below `SCHANNEL` says of TLS 1.2 for clients; `below` is the rest of its path.
pub(super) fn read_schannel(below: &str, key: &Key, name: &Arc<str>, tls: &mut Tls) {
    let is_client = below == r"protocols\tls 1.2\client";
    // What lists a key above the one of the client would list that one too.
    let above = ["", "protocols", r"protocols\tls 1.2"].contains(&below) && key.deep;
    if above || is_client {
        tls.enabled.look();
        tls.disabled_by_default.look();
    }
    if !is_client {
        return;
    }
    let switch = |value: &str| key.number(value).map(|number| at_key(number != 0, name, &key.path));
    if let Some(enabled) = switch("Enabled") {
        tls.enabled = Listed::Known(enabled);
    }
    if let Some(disabled) = switch("DisabledByDefault") {
        tls.disabled_by_default = Listed::Known(disabled);
    }
}

/// What a key below `NET Framework Setup\NDP` says of the versions that are there.
pub(super) fn read_versions(below: &str, key: &Key, name: &Arc<str>, dotnet: &mut DotNet) {
    let is_full = below == r"v4\full";
    if is_full || ["", "v4"].contains(&below) && key.deep {
        dotnet.version.look();
    }
    let release = is_full.then(|| key.number("Release")).flatten();
    if let Some(release) = release.and_then(|release| u32::try_from(release).ok()) {
        dotnet.version = Listed::Known(at_key(DotNetVersion::of_release(release), name, &key.path));
    }
}

/// What a key at or below `.NETFramework` tells its runtimes.
pub(super) fn read_runtime(below: &str, narrow: bool, key: &Key, (name, dotnet): (&Arc<str>, &mut DotNet)) {
    if below.is_empty() && !narrow {
        dotnet.wide.look();
        if let Some(number) = key.number("Enable64Bit") {
            dotnet.wide = Listed::Known(at_key(number != 0, name, &key.path));
        }
    }
    let is_version = below.starts_with('v') && !below.contains('\\');
    if !is_version {
        return;
    }
    let runtime = Runtime {
        version: below.to_owned(),
        narrow,
        strong: key.number("SchUseStrongCrypto").map(|number| number != 0),
        system_default: key.number("SystemDefaultTlsVersions").map(|number| number != 0),
    };
    let same = |known: &Runtime| known.version == runtime.version && known.narrow == narrow;
    dotnet.runtimes.retain(|known| !same(&known.value));
    dotnet.runtimes.push(at_key(runtime, name, &key.path));
}
