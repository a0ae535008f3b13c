//! Virtual machines, their extensions, classic ones.

use super::fault::Fault;
use super::instance_view::{self, InstanceView};
use super::merge::{add_extension, merge_into};
use super::node::Node;
use super::pending::Pending;
use super::reader::{Reader, made_up_id};
use crate::azure::ResourceId;
use crate::vm::{AttachedDisk, Extension, Image, InterfaceReference, OsFamily, SecurityType, VirtualMachine};

/// Reads a virtual machine, with its instance view and its extensions where they are inside.
pub(super) fn vm(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let mut vm = VirtualMachine::unknown(reader.id_of(node)?, node.place());
    vm.region = node.region()?;
    vm.size = node.path(&["hardwareProfile", "vmSize"]).map_or(Ok(None), |size| size.text())?;
    vm.provisioning_state = node.text_at("provisioningState")?;
    read_storage(&mut vm, node)?;
    read_guest(&mut vm, node)?;
    vm.interfaces = interfaces(node)?;
    for key in ["resources", "extensions"] {
        for each in node.records_at(key, false)?.unwrap_or_default() {
            if let Some(extension) = extension(&each)? {
                add_extension(vm.extensions.get_or_insert_default(), extension);
            }
        }
    }
    instance_view::in_vm(node)?.apply(&mut vm);
    if let Some(name) = node.path(&["osProfile", "computerName"]) {
        reader.computer_names.extend(name.text()?.map(|name| (name, vm.id.clone())));
    }
    merge_into(&mut reader.facts.vms, vm);
    Ok(())
}

/// Reads a virtual machine of the classic deployment model.
pub(super) fn classic(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let mut vm = VirtualMachine::unknown(reader.id_of(node)?, node.place());
    vm.classic = true;
    vm.region = node.region()?;
    vm.size = node.path(&["hardwareProfile", "size"]).map_or(Ok(None), |size| size.text())?;
    let system = node.path(&["storageProfile", "operatingSystemDisk", "operatingSystem"]);
    vm.os = os_named(system.map_or(Ok(None), |system| system.text())?.as_deref());
    merge_into(&mut reader.facts.vms, vm);
    Ok(())
}

/// Reads an extension that stands alone.
pub(super) fn lone_extension(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let Some(vm) = reader.id_of(node)?.parent() else {
        return Err(Fault::absent(node.place(), "id", "the id of an extension, which names its VM"));
    };
    if let Some(extension) = extension(node)? {
        reader.later(node, Pending::Extension(vm, extension));
    }
    Ok(())
}

/// Reads an instance view that names no VM by id.
pub(super) fn bare_view(reader: &mut Reader, node: &Node) -> Result<(), Fault> {
    let view: InstanceView = instance_view::read(node)?;
    let name = node.text_at("computerName")?;
    let shown = name.clone().unwrap_or_else(|| "unnamed".to_owned());
    let id = made_up_id("Microsoft.Compute/virtualMachines", &shown, None);
    let mut vm = VirtualMachine::unknown(id, node.place());
    view.apply(&mut vm);
    reader.later(node, Pending::View(name, Box::new(vm)));
    Ok(())
}

fn read_storage(vm: &mut VirtualMachine, node: &Node) -> Result<(), Fault> {
    let Some(storage) = node.field("storageProfile") else { return Ok(()) };
    storage.object()?;
    if let Some(image) = storage.field("imageReference") {
        vm.image = Some(Image {
            publisher: image.text_at("publisher")?,
            offer: image.text_at("offer")?,
            sku: image.text_at("sku")?,
        });
    }
    if let Some(disk) = storage.field("osDisk") {
        vm.os = os_named(disk.text_at("osType")?.as_deref());
        vm.os_disk = Some(attached_disk(&disk)?);
    }
    let disks = storage.records_at("dataDisks", true)?;
    let disks: Option<Result<Vec<_>, Fault>> = disks.map(|disks| disks.iter().map(attached_disk).collect());
    vm.data_disks = disks.transpose()?;
    Ok(())
}

fn read_guest(vm: &mut VirtualMachine, node: &Node) -> Result<(), Fault> {
    if let Some(profile) = node.field("osProfile") {
        vm.allow_extension_operations = profile.flag_at("allowExtensionOperations")?;
        let families = [("windowsConfiguration", OsFamily::Windows), ("linuxConfiguration", OsFamily::Linux)];
        for (key, family) in families {
            if let Some(configuration) = profile.field(key) {
                vm.os = vm.os.or(Some(family));
                vm.provision_agent = configuration.flag_at("provisionVMAgent")?;
            }
        }
    }
    let security = node.field("securityProfile");
    vm.security_type = security_type(node, security.as_ref())?;
    let proxy = security.and_then(|security| security.field("proxyAgentSettings"));
    vm.proxy_agent = proxy.map_or(Ok(None), |proxy| proxy.flag_at("enabled"))?;
    Ok(())
}

/// The security type as stated, or as what needs it gives away.
fn security_type(node: &Node, security: Option<&Node>) -> Result<Option<SecurityType>, Fault> {
    let Some(security) = security else { return Ok(None) };
    if let Some(word) = security.text_at("securityType")? {
        let is = |known: &str| word.eq_ignore_ascii_case(known);
        return Ok(Some(match () {
            () if is("Standard") => SecurityType::Standard,
            () if is("TrustedLaunch") => SecurityType::TrustedLaunch,
            () if is("ConfidentialVM") => SecurityType::Confidential,
            () => SecurityType::Other(word),
        }));
    }
    let disk = ["storageProfile", "osDisk", "managedDisk", "securityProfile", "securityEncryptionType"];
    if node.path(&disk).is_some() {
        return Ok(Some(SecurityType::Confidential));
    }
    for key in ["secureBootEnabled", "vTpmEnabled"] {
        let on = security.field("uefiSettings").map_or(Ok(None), |uefi| uefi.flag_at(key))?;
        if on == Some(true) {
            return Ok(Some(SecurityType::TrustedLaunch));
        }
    }
    Ok(None)
}

fn os_named(word: Option<&str>) -> Option<OsFamily> {
    [("Windows", OsFamily::Windows), ("Linux", OsFamily::Linux)]
        .into_iter()
        .find(|(name, _)| word.is_some_and(|word| word.eq_ignore_ascii_case(name)))
        .map(|(_, family)| family)
}

fn attached_disk(node: &Node) -> Result<AttachedDisk, Fault> {
    let managed = node.field("managedDisk");
    let blob = node.path(&["vhd", "uri"]).map_or(Ok(None), |uri| uri.text())?;
    let encryption = node.field("encryptionSettings");
    let name = node.own_text("name")?.unwrap_or_default();
    Ok(AttachedDisk {
        managed: managed.as_ref().map_or(Ok(None), |disk| managed_disk(disk, &name))?,
        name,
        // What follows the `?` is a signature that opens the disk: it is not kept.
        blob: blob.map(|uri| uri.split('?').next().unwrap_or_default().to_owned()),
        size_gib: node.number_at("diskSizeGB")?,
        sku: managed.map_or(Ok(None), |disk| disk.text_at("storageAccountType"))?,
        write_accelerator: node.flag_at("writeAcceleratorEnabled")?,
        ephemeral: node.field("diffDiskSettings").is_some_and(|settings| !settings.is_empty()),
        lun: node.number_at("lun")?,
        encrypted: encryption.map_or(Ok(None), |settings| settings.flag_at("enabled"))?,
    })
}

/// The managed disk: a template or plan that has one made along with the VM knows no id for it.
fn managed_disk(node: &Node, name: &str) -> Result<Option<ResourceId>, Fault> {
    let name = if name.is_empty() { "-" } else { name };
    let id = node.reference()?;
    Ok(id.or_else(|| node.value().is_object().then(|| made_up_id("Microsoft.Compute/disks", name, None))))
}

/// The interfaces a VM lists. A list that is there and empty is taken for unstated: no VM is without one, but
/// a cut-down export is.
fn interfaces(node: &Node) -> Result<Option<Vec<InterfaceReference>>, Fault> {
    let Some(profile) = node.field("networkProfile") else { return Ok(None) };
    let Some(nodes) = profile.records_at("networkInterfaces", false)? else { return Ok(None) };
    let mut references = Vec::with_capacity(nodes.len());
    for each in nodes {
        // One that cannot be told leaves the list open: the VM has more than the others.
        let Some(id) = each.reference()? else { return Ok(None) };
        references.push(InterfaceReference { id, primary: each.flag_at("primary")? });
    }
    Ok((!references.is_empty()).then_some(references))
}

fn extension(node: &Node) -> Result<Option<Extension>, Fault> {
    let name = match node.own_text("name")? {
        None => node.reference()?.map(|id| id.name().to_owned()),
        name => name.map(|name| name.rsplit('/').next().unwrap_or_default().to_owned()),
    };
    let Some(name) = name else { return Ok(None) };
    let mut kind = None;
    for key in ["typePropertiesType", "virtualMachineExtensionType", "extensionType", "type"] {
        // Flattened, `type` is the resource's own and has slashes.
        kind = kind.or(node.text_at(key)?.filter(|kind| !kind.contains('/')));
    }
    let publisher = node.text_at("publisher")?;
    Ok(Some(Extension {
        name,
        kind: match (publisher, kind) {
            (Some(publisher), Some(kind)) => Some(format!("{publisher}.{kind}")),
            (publisher, kind) => kind.or(publisher),
        },
        provisioning_state: node.text_at("provisioningState")?,
        message: None,
        place: node.place(),
    }))
}
