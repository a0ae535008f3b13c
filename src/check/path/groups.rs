//! The groups in the way, as their documents state them.

use crate::check::{Case, Subject, Withheld};
use crate::nsg::NetworkSecurityGroup;

/// The groups on the subject's interfaces and their subnets, each once; the subject itself where it is a group.
pub(in crate::check) fn groups<'f>(case: &Case<'f>) -> Result<Vec<&'f NetworkSecurityGroup>, Withheld> {
    if let Subject::Group(group) = case.subject {
        return Ok(vec![group]);
    }
    let mut found: Vec<&NetworkSecurityGroup> = Vec::new();
    for context in case.around()?.iter().filter_map(|around| around.context.as_ref()) {
        for group in [&context.interface_group, &context.subnet_group].into_iter().flatten().flatten() {
            if !found.iter().any(|known| known.id == group.id) {
                found.push(group);
            }
        }
    }
    Ok(found)
}
