//! Exports of the Windows registry: `.reg` files, and what `reg query` prints.

mod export;
mod proxies;
mod written;

pub(super) use export::is_export;
pub(super) use export::{Data, Export, Key};
pub(super) use proxies::read;
pub(super) use written::servers;
pub use written::{RegistryKey, RegistryValue, registry_document};
