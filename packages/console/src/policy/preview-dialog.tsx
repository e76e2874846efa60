import type { OutputOf } from '@keywright/contract';
import { Alert, List, Stack, Text } from '@mantine/core';
import { counted, exactTime } from '../format.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Name } from '../parts/name.tsx';
import { plainText } from './preview-text.ts';

export type Preview = OutputOf<'previewKeyPolicy'>;

/** The rules that touch somebody. */
export const touchingRules = ({ rules }: Preview) => rules.filter(({ keys, owners }) => keys + owners > 0);

interface PreviewDialogProps {
  preview: Preview;
  busy: boolean;
  error: Error | null;
  onSave: () => void;
  onClose: () => void;
}

/** Which keys and owners a change of the key policy would touch, before it is saved. */
export function PreviewDialog({ preview, busy, error, onSave, onClose }: PreviewDialogProps) {
  const touching = touchingRules(preview);
  return (
    <ConfirmDialog
      title="What the change touches"
      verb="Save the key policy"
      busy={busy}
      error={error}
      onConfirm={onSave}
      onClose={onClose}
    >
      {touching.length === 0 ? (
        <Text size="sm" role="status">
          The change touches no key and no owner.
        </Text>
      ) : (
        <Text size="sm" role="status">
          No key stops working at once. This is what becomes tighter:
        </Text>
      )}
      {touching.map(rule => (
        <TouchingRule key={rule.rule} rule={rule} items={preview.items.filter(item => item.rule === rule.rule)} />
      ))}
    </ConfirmDialog>
  );
}

interface TouchingRuleProps {
  rule: Preview['rules'][number];
  items: Preview['items'];
}

function TouchingRule({ rule, items }: TouchingRuleProps) {
  const hidden = Math.max(rule.keys, rule.owners) - items.length;
  return (
    <Alert color="yellow" title={touchedText(rule)}>
      <Stack gap="xs">
        <Text size="sm">
          {plainText(rule.effect)} From {exactTime(rule.from)}.
        </Text>
        <List size="sm">
          {items.map(item => (
            <List.Item key={`${item.key}${item.owner.id}`}>
              <Touched item={item} /> {plainText(item.reason)}
            </List.Item>
          ))}
        </List>
        {hidden > 0 && <Text size="sm">and {hidden} more.</Text>}
      </Stack>
    </Alert>
  );
}

/** The rule touches keys, or their owners themselves. */
const touchedText = ({ keys, owners }: TouchingRuleProps['rule']) =>
  keys === 0 ? counted(owners, 'owner') : `${counted(keys, 'access key')} of ${counted(owners, 'owner')}`;

function Touched({ item: { key, name, owner } }: { item: Preview['items'][number] }) {
  if (key === null) return <Name>{owner.name}</Name>;
  return (
    <>
      <Name>{name ?? 'Unnamed key'}</Name> <span className="kw-key">{key}</span> of <Name>{owner.name}</Name>:
    </>
  );
}
