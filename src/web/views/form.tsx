/** @jsxImportSource hono/jsx */
import { type PropsWithChildren, useContext } from 'hono/jsx';
import { TOKEN_FIELD } from '../forgery.ts';
import { VisitContext } from './visit-context.ts';

interface FormProps {
  action: string;
  /** A form of one button, without space of its own. */
  bare?: boolean;
}

/** A form that changes something: a POST, with the token that `formRow` asks for. */
export function Form({ action, bare = false, children }: PropsWithChildren<FormProps>) {
  const { formToken } = useContext(VisitContext);
  return (
    <form class={bare ? undefined : 'form'} method="post" action={action}>
      {formToken === '' ? null : <input type="hidden" name={TOKEN_FIELD} value={formToken} />}
      {children}
    </form>
  );
}

/** What was typed into a form and what is wrong with it, by field. */
export interface Typed {
  values: URLSearchParams;
  mistakes: Readonly<Record<string, string>>;
}

export const UNTYPED: Typed = { values: new URLSearchParams(), mistakes: {} };

interface FieldProps {
  name: string;
  label: string;
  hint?: string;
  typed?: Typed;
}

const idsOf = ({ name, hint, typed = UNTYPED }: FieldProps) => {
  const [hintId, mistakeId] = [`${name}-hint`, `${name}-mistake`];
  const mistake = typed.mistakes[name];
  const describedBy = [mistake === undefined ? '' : mistakeId, hint === undefined ? '' : hintId]
    .filter(Boolean)
    .join(' ');
  return { hintId, mistakeId, mistake, describedBy: describedBy === '' ? undefined : describedBy };
};

interface TextFieldProps extends FieldProps {
  type?: 'text' | 'password' | 'date' | 'email' | 'search';
  required?: boolean;
  short?: boolean;
  placeholder?: string;
  autocomplete?: string;
  maxlength?: number;
  min?: string;
  autofocus?: boolean;
  /** What stands in it before anyone types. */
  value?: string;
}

/** One line of text with its label, a hint, and the sentence that says what is wrong with what was typed. */
export function TextField(props: TextFieldProps) {
  const { name, label, hint, typed = UNTYPED, type = 'text', short = false, value, ...rest } = props;
  const { hintId, mistakeId, mistake, describedBy } = idsOf(props);
  const kept = type === 'password' ? undefined : (typed.values.get(name) ?? value);
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        class={short ? 'input input-short' : 'input'}
        id={name}
        name={name}
        type={type}
        value={kept}
        aria-invalid={mistake === undefined ? undefined : 'true'}
        aria-describedby={describedBy}
        {...rest}
      />
      {mistake === undefined ? null : (
        <p class="mistake" id={mistakeId}>
          {mistake}
        </p>
      )}
      {hint === undefined ? null : (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}

export interface Choice {
  value: string;
  label: string;
  hint?: string;
}

interface ChoicesProps extends FieldProps {
  kind?: 'checkbox' | 'radio';
  choices: readonly Choice[];
  /** What is chosen before anyone chooses. */
  chosen?: readonly string[];
}

/** Several boxes to tick, or one of several to choose, with a sentence each. */
export function Choices(props: ChoicesProps) {
  const { name, label, hint, typed = UNTYPED, kind = 'checkbox', choices, chosen = [] } = props;
  const { hintId, mistakeId, mistake, describedBy } = idsOf(props);
  const ticked = typed === UNTYPED ? chosen : typed.values.getAll(name);
  return (
    <fieldset class="field" aria-describedby={describedBy}>
      <legend>{label}</legend>
      {mistake === undefined ? null : (
        <p class="mistake" id={mistakeId}>
          {mistake}
        </p>
      )}
      {hint === undefined ? null : (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      )}
      <div class="choices">
        {choices.map((choice) => (
          <ChoiceBox name={name} kind={kind} choice={choice} ticked={ticked.includes(choice.value)} />
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
}

function ChoiceBox({ name, kind, choice: { value, label, hint }, ticked }: ChoiceBoxProps) {
  const id = `${name}-${value}`;
  const hintId = hint === undefined ? undefined : `${id}-hint`;
  return (
    <div class="choice">
      <input type={kind} id={id} name={name} value={value} checked={ticked} aria-describedby={hintId} />
      <label for={id}>{label}</label>
      {hint === undefined ? null : (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}
