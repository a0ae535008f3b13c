//! azpreflight: is this VM ready for Azure Backup; if not, what exactly stops it?
//!
//! Four steps lead from exported documents to an answer, and none looks back:
//!
//! 1. [`collect::configuration`] reads raw documents, as they are;
//! 2. [`wire::parse`] turns them into [`facts::Facts`], where what is not known is a value of its own;
//! 3. [`check::run`] puts every check in [`check::CHECKS`] to one [`check::Case`];
//! 4. [`report::render`] writes a [`report::Report`].
//!
//! Live probes ([`collect::probe::run`]) bring back documents as well, so that a run with them can be repeated elsewhere.
//!
//! Between them lies the domain, without input or output: addresses and flows in [`net`], service tags in [`tags`],
//! security rules in [`nsg`], routes in [`route`], whole paths in [`reach`], what was probed in [`probe`], what backup needs
//! in [`backup`].
//!
//! From a name to the addresses of its service tag, by the copy inside the program:
//!
//! ```
//! use azpreflight::tags::TagCatalog;
//!
//! let storage = TagCatalog::embedded().resolve("storage.koreacentral")?;
//! assert_eq!(storage.name(), "Storage.KoreaCentral");
//! assert!(storage.addresses().contains("20.60.16.7".parse()?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A whole check is in `README.md`.
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

#[macro_use]
mod words;

pub mod azure;
pub mod backup;
pub mod check;
pub mod cli;
pub mod collect;
pub mod facts;
pub mod guest;
pub mod input;
pub mod lint;
pub mod net;
pub mod network;
pub mod nsg;
pub mod probe;
pub mod reach;
pub mod report;
pub mod route;
pub mod script;
pub mod tags;
pub mod vault;
pub mod version;
pub mod vm;
pub mod wire;

/// The example in the README, kept compiling and true.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
