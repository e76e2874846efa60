import { KEY_POLICY_PRESET_NAMES, KEY_POLICY_PRESETS, type KeyPolicy } from '@keywright/core';
import { Button, SimpleGrid, Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { changedRules, type PolicyValues, withRules } from './policy-values.ts';
import classes from './presets.module.css';

interface PresetsProps {
  policy: KeyPolicy;
  values: PolicyValues;
  onChoose: (values: PolicyValues) => void;
}

/** Ready-made rules, one press each. They fill in the form; nothing is saved by that. */
export function Presets({ policy, values, onChoose }: PresetsProps) {
  return (
    <section aria-label="Presets">
      <Text size="sm" fw={600} mb="xs">
        Presets
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" component="ul" className={classes.presets}>
        {KEY_POLICY_PRESET_NAMES.map(name => {
          const { title, about, rules } = KEY_POLICY_PRESETS[name];
          const chosen = withRules(values, rules);
          const isChosen = same(changedRules(policy, chosen, undefined), changedRules(policy, values, undefined));
          return (
            <li key={name} className={classes.preset}>
              <Button
                variant="subtle"
                size="compact-sm"
                px={4}
                aria-pressed={isChosen}
                leftSection={isChosen ? <IconCheck size={16} aria-hidden /> : undefined}
                onClick={() => onChoose(chosen)}
              >
                {title}
              </Button>
              <Text size="sm" c="dimmed" px={4}>
                {about}
              </Text>
            </li>
          );
        })}
      </SimpleGrid>
    </section>
  );
}

const same = (a: object, b: object) => JSON.stringify(a) === JSON.stringify(b);
