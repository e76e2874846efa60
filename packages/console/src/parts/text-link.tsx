import { Anchor, type AnchorProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentPropsWithRef } from 'react';

type LinkAnchorProps = Omit<AnchorProps, 'href'> & Omit<ComponentPropsWithRef<'a'>, keyof AnchorProps>;

function LinkAnchor(props: LinkAnchorProps) {
  return <Anchor {...props} />;
}

function RowAnchor(props: LinkAnchorProps) {
  return <Anchor {...props} data-row-link fw={600} size="sm" underline="never" c="inherit" />;
}

/** A link within the console. */
export const TextLink = createLink(LinkAnchor);
/** The link of a table's row: the whole row opens it. */
export const RowLink = createLink(RowAnchor);
