//! azpreflight: is this VM ready for Azure Backup; if not, what exactly stops it?
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

pub mod azure;
pub mod backup;
pub mod check;
pub mod cli;
pub mod collect;
pub mod facts;
pub mod input;
pub mod net;
pub mod network;
pub mod nsg;
pub mod reach;
pub mod report;
pub mod route;
pub mod script;
pub mod tags;
pub mod vault;
pub mod vm;
pub mod wire;
