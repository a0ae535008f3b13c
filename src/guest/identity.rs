//! Which VM a guest knows itself to be.

use crate::azure::{Region, ResourceId};
use crate::vm::Image;

/// Which VM a guest knows itself to be, as the metadata service told it when it started.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// Its id in Azure Resource Manager.
    pub id: Option<ResourceId>,
    /// Its name there. Hostile text.
    pub name: Option<String>,
    /// Its unique id, `vmId`. Hostile text.
    pub unique_id: Option<String>,
    /// Where it is.
    pub region: Option<Region>,
    /// Its size, as in `Standard_D2s_v5`. Hostile text.
    pub size: Option<String>,
    /// The image that it was made from.
    pub image: Option<Image>,
}
