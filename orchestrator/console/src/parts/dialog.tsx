/** A dialog over the view. Mantine's own header would be a second banner of the page, so the title stands in its body. */
import { CloseButton, Group, Modal, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTexts } from '../texts/use-texts.ts';

interface Given {
  readonly opened: boolean;
  readonly title: string;
  /** Without it the dialog stays until what it is about is done. */
  readonly onClose?: () => void;
  readonly children: ReactNode;
}

export function Dialog({ opened, title, onClose, children }: Given) {
  const { t } = useTexts();
  return (
    // Locking the page's scrolling would add a style without the nonce, which the policy refuses.
    <Modal.Root opened={opened} onClose={() => onClose?.()} yOffset="12vh" lockScroll={false}>
      <Modal.Overlay />
      <Modal.Content aria-label={title}>
        <Modal.Body pt="md">
          <Group justify="space-between" mb="sm">
            <Title order={2}>{title}</Title>
            {onClose !== undefined && <CloseButton size="sm" aria-label={t.close} onClick={onClose} />}
          </Group>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
