/** @jsxImportSource hono/jsx */
import { type PropsWithChildren, useContext } from 'hono/jsx';
import { randomBase62 } from '../../lib/base62.ts';
import { TOKEN_FIELD } from '../forgery.ts';
import { Notice } from './notice.tsx';
import { type Typed, UNTYPED, WHOLE } from './typed.ts';
import { VisitContext } from './visit-context.ts';

interface FormProps {
  action: string;
  /** A form of one button, without space of its own. */
  bare?: boolean;
  /** Done once, however often it is sent: see `once`. */
  once?: boolean;
  /** The ID that fields elsewhere on the page refer to in `form`. */
  id?: string | undefined;
}

/** The field that tells one form from another that was shown before or after it. */
export const FORM_NUMBER = 'form_number';

/** A form that changes something: a POST, with the token that `formRow` asks for. */
export function Form({ action, bare = false, once = false, id, children }: PropsWithChildren<FormProps>) {
  const { formToken } = useContext(VisitContext);
  return (
    <form id={id} class={bare ? undefined : 'form'} method="post" action={action}>
      {formToken === '' ? null : <input type="hidden" name={TOKEN_FIELD} value={formToken} />}
      {once ? <input type="hidden" name={FORM_NUMBER} value={randomBase62(22)} /> : null}
      {children}
    </form>
  );
}

/**
 * Errors of the form as a whole, shown at its top. Without a script, too, the page comes up where it stands, or at
 * the field.
 */
export function WholeMistake({ typed }: { typed: Typed | undefined }) {
  const wrong = typed?.mistakes[WHOLE];
  if (wrong === undefined) return null;
  return (
    <Notice kind="bad" focused>
      {wrong}
    </Notice>
  );
}

interface FieldProps {
  /** Left out: the same as the name, which must be the only one of its kind on the page then. */
  id?: string;
  name: string;
  label: string;
  hint?: string;
  typed?: Typed;
}

const idsOf = ({ name, id = name, hint, typed = UNTYPED }: FieldProps) => {
  const hintId = `${id}-hint`;
  const mistakeId = `${id}-mistake`;
  const mistake = typed.mistakes[name];
  const describedBy = [mistake === undefined ? '' : mistakeId, hint === undefined ? '' : hintId]
    .filter(Boolean)
    .join(' ');
  return { mistake, describedBy: describedBy === '' ? undefined : describedBy };
};

interface TextFieldProps extends FieldProps {
  type?: 'text' | 'password' | 'date' | 'email' | 'search';
  required?: boolean;
  short?: boolean;
  placeholder?: string;
  autocomplete?: string;
  maxlength?: number;
  pattern?: string;
  min?: string;
  autofocus?: boolean;
  /** The initial value. */
  value?: string;
}

/** One line of text with its label, a hint, and the sentence that says what is wrong with what was typed. */
export function TextField(props: TextFieldProps) {
  const { name, id = name, label, hint, typed = UNTYPED, type = 'text', short = false, value, ...more } = props;
  const { autofocus = false, ...rest } = more;
  const { mistake, describedBy } = idsOf(props);
  const kept = type === 'password' ? undefined : (typed.values.get(name) ?? value);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        class={short ? 'input input-short' : 'input'}
        id={id}
        name={name}
        type={type}
        value={kept}
        autofocus={autofocus || mistake !== undefined}
        aria-invalid={mistake === undefined ? undefined : 'true'}
        aria-describedby={describedBy}
        {...rest}
      />
      <Sentences id={id} hint={hint} mistake={mistake} />
    </div>
  );
}

interface TextAreaProps extends FieldProps {
  rows?: number;
  maxlength?: number;
  /** The initial value. */
  value?: string;
}

/** Several lines of text. */
export function TextArea(props: TextAreaProps) {
  const { name, label, hint, typed = UNTYPED, value = '', ...rest } = props;
  const { mistake, describedBy } = idsOf(props);
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <textarea
        class="input"
        id={name}
        name={name}
        autofocus={mistake !== undefined}
        aria-invalid={mistake === undefined ? undefined : 'true'}
        aria-describedby={describedBy}
        {...rest}
      >
        {typed.values.get(name) ?? value}
      </textarea>
      <Sentences id={name} hint={hint} mistake={mistake} />
    </div>
  );
}

interface SelectFieldProps extends FieldProps {
  options: readonly Option[];
  short?: boolean;
  /** The initial choice. */
  chosen?: string | undefined;
}

export interface Option {
  value: string;
  label: string;
  /** Read by the script, as `data-` and its name. */
  data?: Readonly<Record<string, string>>;
}

/** One of a list that is too long to be shown whole. */
export function SelectField(props: SelectFieldProps) {
  const { name, id = name, label, hint, typed = UNTYPED, options, short = false, chosen } = props;
  const { mistake, describedBy } = idsOf(props);
  const selected = typed.values.get(name) ?? chosen;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        class={short ? 'input input-short' : 'input'}
        id={id}
        name={name}
        autofocus={mistake !== undefined}
        aria-invalid={mistake === undefined ? undefined : 'true'}
        aria-describedby={describedBy}
      >
        {options.map(({ value, label: text, data = {} }) => (
          <option value={value} selected={value === selected} {...dataAttributes(data)}>
            {text}
          </option>
        ))}
      </select>
      <Sentences id={id} hint={hint} mistake={mistake} />
    </div>
  );
}

const dataAttributes = (data: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(data).map(([name, value]) => [`data-${name}`, value]));

/** The error and hint of a field. */
function Sentences({ id, hint, mistake }: { id: string; hint?: string | undefined; mistake?: string | undefined }) {
  return (
    <>
      {mistake === undefined ? null : (
        <p class="mistake" id={`${id}-mistake`}>
          {mistake}
        </p>
      )}
      {hint === undefined ? null : (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </>
  );
}

export interface Choice {
  value: string;
  label: string;
  hint?: string;
  /** Cannot be chosen; its hint says why. */
  disabled?: boolean;
}

interface ChoicesProps extends FieldProps {
  kind?: 'checkbox' | 'radio';
  choices: readonly Choice[];
  /** The initial choice. */
  chosen?: readonly string[];
}

/** Several boxes to tick, or one of several to choose, with a sentence each. */
export function Choices(props: ChoicesProps) {
  const { name, label, hint, typed = UNTYPED, kind = 'checkbox', choices, chosen = [] } = props;
  const { mistake, describedBy } = idsOf(props);
  const ticked = typed === UNTYPED ? chosen : typed.values.getAll(name);
  return (
    <fieldset class="field" aria-describedby={describedBy}>
      <legend>{label}</legend>
      <Sentences id={name} hint={hint} mistake={mistake} />
      <div class="choices">
        {choices.map((choice, i) => (
          <ChoiceBox
            name={name}
            kind={kind}
            choice={choice}
            ticked={ticked.includes(choice.value)}
            autofocus={i === 0 && mistake !== undefined}
          />
        ))}
      </div>
    </fieldset>
  );
}

interface ChoiceBoxProps {
  name: string;
  kind: 'checkbox' | 'radio';
  choice: Choice;
  ticked: boolean;
  autofocus: boolean;
}

function ChoiceBox({ name, kind, choice, ticked, autofocus }: ChoiceBoxProps) {
  const { value, label, hint, disabled = false } = choice;
  const id = `${name}-${value}`;
  const hintId = hint === undefined ? undefined : `${id}-hint`;
  return (
    <div class="choice">
      <input
        type={kind}
        id={id}
        name={name}
        value={value}
        checked={ticked}
        disabled={disabled}
        autofocus={autofocus}
        aria-describedby={hintId}
      />
      <label for={id}>{label}</label>
      {hint === undefined ? null : (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}
