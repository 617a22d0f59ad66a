// bpmnlint as one draws. What the engine refuses is found by the server's check; these rules are about good drawing.
import recommended from 'bpmnlint/config/recommended';
import core from 'virtual:bpmnlint-rules';

const resolver = {
  resolveRule: (_, name) => core[name],
  resolveConfig: () => recommended,
};

export default {
  resolver,
  config: { extends: 'bpmnlint:recommended', rules: { 'no-inclusive-gateway': 'off' } },
};
