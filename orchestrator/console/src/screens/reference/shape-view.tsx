/** The shape of a value: its type, its rules, its fields and theirs. */
import { Text } from '@mantine/core';
import { useTexts } from '../../texts/use-texts.ts';
import type { Parameter } from './documents.ts';
import { EntryLink } from './entry-link.tsx';
import { Words } from './prose.tsx';
import type { Field, Shape, TypePart } from './shapes.ts';

/** Of a whole body: where it has fields, they say all about its type. */
export function ShapeView({ of }: { readonly of: Shape }) {
  const { t } = useTexts();
  const { type, rules, fields, variants } = of;
  if (fields.length > 0 || variants.length > 0) return <Inside of={of} />;
  return (
    <Text size="sm" component="div">
      <Type of={type} /> <Rules of={rules} />
      {type.length === 1 && type[0] !== undefined && 'text' in type[0] && type[0].text === 'any' && (
        <span className="dim">{t.reference.anything}</span>
      )}
    </Text>
  );
}

export function Parameters({ of }: { readonly of: readonly Parameter[] }) {
  const { t } = useTexts();
  return (
    <ul className="fields">
      {of.map(({ name, place, required, shape }) => (
        <li key={`${place} ${name}`}>
          <Line name={name} required={required} shape={shape} place={t.reference.places[place] ?? place} />
        </li>
      ))}
    </ul>
  );
}

function Inside({ of: { fields, variants } }: { readonly of: Shape }) {
  return (
    <>
      {fields.length > 0 && (
        <ul className="fields">
          {fields.map((field) => (
            <FieldLine key={field.name} of={field} />
          ))}
        </ul>
      )}
      {variants.map(({ label, shape }) => (
        <details key={label} open className="variant">
          <summary className="mono">{label}</summary>
          {shape.about !== '' && (
            <p className="about dim">
              <Words of={shape.about} />
            </p>
          )}
          <ShapeView of={shape} />
        </details>
      ))}
    </>
  );
}

function FieldLine({ of: { name, required, shape } }: { readonly of: Field }) {
  return (
    <li>
      <Line name={name} required={required} shape={shape} />
      <Inside of={shape} />
    </li>
  );
}

interface LineGiven {
  readonly name: string;
  readonly required: boolean;
  readonly shape: Shape;
  readonly place?: string;
}

function Line({ name, required, shape: { type, rules, about }, place }: LineGiven) {
  const { t } = useTexts();
  return (
    <>
      <span className="mono strong">{name}</span>{' '}
      {place !== undefined && <span className="dim">{place} </span>}
      <Type of={type} /> {!required && <span className="dim">{t.reference.optional} </span>}
      <Rules of={rules} />
      {about !== '' && (
        <p className="about dim">
          <Words of={about} />
        </p>
      )}
    </>
  );
}

function Type({ of }: { readonly of: readonly TypePart[] }) {
  return (
    <span className="mono type">
      {of.map((part, i) => {
        const key = `${i} ${'ref' in part ? part.ref : part.text}`;
        if ('text' in part) return <span key={key}>{part.text}</span>;
        return (
          <EntryLink key={key} to={{ kind: 'schemas', name: part.ref }}>
            {part.ref}
          </EntryLink>
        );
      })}
    </span>
  );
}

function Rules({ of }: { readonly of: readonly string[] }) {
  return of.length === 0 ? null : <span className="mono dim rules">{of.join(' · ')}</span>;
}
