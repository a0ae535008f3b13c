//! Which VM a guest knows itself to be: what cloud-init kept of the metadata service's answer.

use super::{Known, Text, TextReader, Told};
use crate::azure::{Region, ResourceId};
use crate::facts::Facts;
use crate::guest::{Identity, Read};
use crate::vm::Image;
use crate::wire::json::{Json, Value};

/// `/run/cloud-init/instance-data.json`.
pub(super) const IDENTITY: TextReader = TextReader { known: Known::ByName(is_instance_data), read };

/// What is kept of a machine's description: nothing that is secret, no keys, no user data.
const KEPT: [&str; 10] = [
    "location",
    "name",
    "offer",
    "publisher",
    "resourceGroupName",
    "resourceId",
    "sku",
    "subscriptionId",
    "vmId",
    "vmSize",
];

/// Whether a document is what cloud-init keeps of an instance.
pub(super) fn is_instance_data(text: &Text<'_>) -> bool {
    text.is_called("instance-data.json")
}

/// The same with nothing in it but what is read here.
pub(super) fn kept(text: &Text<'_>) -> String {
    let Ok(json) = Json::parse(text.text) else { return String::new() };
    let Some(compute) = json.values().first().copied().and_then(compute) else { return "{}\n".to_owned() };
    let of = |key: &&str| Some(((*key).to_owned(), compute.member(key)?.as_str()?.into()));
    let kept: serde_json::Map<String, serde_json::Value> = KEPT.iter().filter_map(of).collect();
    let whole = serde_json::json!({"ds": {"meta_data": {"imds": {"compute": kept}}}});
    format!("{whole:#}\n")
}

/// The part about the machine in the metadata service's answer.
fn compute(root: Value<'_>) -> Option<Value<'_>> {
    root.member("ds")?.member("meta_data")?.member("imds")?.member("compute")
}

fn read(text: &Text<'_>, facts: &mut Facts) -> Told {
    let Ok(json) = Json::parse(text.text) else { return Told::Nothing("no JSON") };
    let Some(compute) = json.values().first().copied().and_then(compute) else {
        return Told::Nothing("nothing of Azure's metadata service in it");
    };
    let of = |key: &str| {
        let text = compute.member(key).and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let put_together = || {
        let (subscription, group, name) = (of("subscriptionId")?, of("resourceGroupName")?, of("name")?);
        Some(format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}"
        ))
    };
    let image = Image { publisher: of("publisher"), offer: of("offer"), sku: of("sku") };
    let value = Identity {
        id: of("resourceId")
            .or_else(put_together)
            .map(ResourceId::new)
            .filter(|id| id.is_path() && id.is_a("Microsoft.Compute/virtualMachines")),
        name: of("name"),
        unique_id: of("vmId"),
        region: of("location").map(|text| Region::parse(&text)),
        size: of("vmSize"),
        image: (image != Image::default()).then_some(image),
    };
    facts.guest.documents += 1;
    facts.guest.identity = Some(Read { value, place: text.place() });
    Told::Something
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Bundle, Document};

    const TEXT: &str = r#"{"base64_encoded_keys":[],"ds":{"meta_data":{"imds":{"compute":{"location":"koreacentral",
        "name":"app1","offer":"0001-com-ubuntu-server-jammy","osProfile":{"adminUsername":"kim"},"publisher":"Canonical",
        "publicKeys":[{"keyData":"ssh-rsa secret"}],"resourceGroupName":"rg1","sku":"22_04-lts-gen2",
        "subscriptionId":"00000000-0000-0000-0000-000000000001","userData":"secret","vmId":"abc","vmSize":"Standard_D2s_v5"},
        "network":{}}}},"merged_cfg":"secret","v1":{"platform":"azure"}}"#;

    fn identity(text: &str) -> Option<Identity> {
        let name = "/run/cloud-init/instance-data.json";
        let document = Document { name: name.into(), bytes: text.as_bytes().to_vec(), named_by_user: false };
        let facts = crate::wire::parse(&Bundle { documents: vec![document] }).unwrap();
        facts.guest.identity.map(|read| read.value)
    }

    #[test]
    fn the_machine_is_known_and_nothing_else_is_kept() {
        let found = identity(TEXT).unwrap();
        assert_eq!(
            found.id.as_ref().unwrap().as_str(),
            "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/app1"
        );
        assert_eq!(found.region, Some(Region::parse("koreacentral")));
        assert_eq!(found.image.as_ref().unwrap().publisher.as_deref(), Some("Canonical"));
        let name = "instance-data.json".into();
        let kept = kept(&Text { name: &name, text: TEXT });
        assert!(!kept.contains("secret") && !kept.contains("kim"), "{kept}");
        assert_eq!(identity(&kept), Some(found));
    }

    #[test]
    fn other_clouds_and_hostile_texts_tell_nothing() {
        for text in
            ["{}", "", "nothing", r#"{"ds":{"meta_data":[]}}"#, r#"{"ds":{"meta_data":{"imds":null}}}"#]
        {
            assert_eq!(identity(text), None, "{text}");
            let name = "instance-data.json".into();
            kept(&Text { name: &name, text });
        }
    }
}
