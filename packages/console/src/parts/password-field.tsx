import { limits } from '@keywright/core';
import { PasswordInput, type PasswordInputProps } from '@mantine/core';

/** A password that is being set. */
export function NewPasswordField(props: PasswordInputProps) {
  return (
    <PasswordInput
      description={`At least ${limits.passwordCharsMin} characters.`}
      autoComplete="new-password"
      required
      {...props}
    />
  );
}
