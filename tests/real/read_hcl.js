// What HashiCorp's parser makes of Terraform files: reads a JSON list of texts, writes a list of lists of resources.
// AZPREFLIGHT_HCL names the folder that the parser is installed in.
const { createRequire } = require("module");
const { parse } = createRequire(process.env.AZPREFLIGHT_HCL + "/")("@cdktf/hcl2json");

let input = "";
process.stdin.on("data", (part) => (input += part));
process.stdin.on("end", async () => {
  const answers = [];
  for (const text of JSON.parse(input)) {
    const blocks = await parse("rules.tf", text);
    const kinds = Object.keys(blocks.resource ?? {});
    if (kinds.some((kind) => kind !== "azurerm_network_security_rule")) throw new Error(`other resources: ${kinds}`);
    answers.push(Object.values(blocks.resource?.azurerm_network_security_rule ?? {}).flat());
  }
  process.stdout.write(JSON.stringify(answers));
});
