/** The completion for zsh, with a description of each word. */
import type { CommandTree, Node, Word } from './command-tree.ts';

/** The script, to be sourced after compinit, or to be a file `_saga` of `fpath`. */
export function zshCompletion({ name, nodes, valued }: CommandTree): string {
  const entered = nodes.filter(({ path }) => path !== '');
  return `#compdef ${name}
# zsh completion of ${name}: source <(${name} completion zsh)

# The words that may stand at the end of the given ones, with their descriptions, in the arrays offered and values.
_${name}_offered() {
  local -a typed=("$@")
  local at='' word previous=\${typed[-2]} current=\${typed[-1]}
  local -i i
  offered=() values=()
  for ((i = 2; i < \${#typed}; i++)); do
    word=\${typed[i]}
    case "$word" in
      ${valued.join('|')}) i+=1; continue ;;
    esac
    case "$at/$word" in
${entered.map(({ path }) => `      ${quoted(above(path))}) at="\${at:+$at }$word" ;;`).join('\n')}
    esac
  done
  case "$at/$previous" in
${nodes.flatMap(valueCases).join('\n')}
    ${valued.map((one) => `*/${one}`).join('|')}) return 1 ;;
  esac
  case "$at" in
${nodes.map(wordCase).join('\n')}
  esac
}

_${name}() {
  local -a offered values
  _${name}_offered "\${(@)words[1,CURRENT]}" || { _files; return; }
  (( \${#values} )) && compadd -- "\${values[@]}"
  (( \${#offered} )) && _describe -V ${name} offered
}

if [[ \${funcstack[1]} == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function above(path: string): string {
  const words = path.split(' ');
  return `${words.slice(0, -1).join(' ')}/${words.at(-1)}`;
}

function valueCases({ path, values }: Node): string[] {
  return values.map(
    ({ option, choices }) =>
      `    ${quoted(`${path}/${option}`)}) values=(${choices.map(quoted).join(' ')}); return 0 ;;`,
  );
}

function wordCase({ path, verbs, options, argumentChoices }: Node): string {
  const described = (some: readonly Word[]) =>
    some.map(({ text, about }) => quoted(`${text.replaceAll(':', '\\:')}:${about}`)).join(' ');
  const words = [...verbs, ...argumentChoices.map((text) => ({ text, about: '' }))];
  if (words.length === 0) return `    ${quoted(path)}) offered=(${described(options)}) ;;`;
  return `    ${quoted(path)}) if [[ $current == -* ]]; then offered=(${described(options)}); else offered=(${described(words)}); fi ;;`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
