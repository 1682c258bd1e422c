/** The completion for bash: it knows the words by heart, and asks no server. */
import type { CommandTree, Node } from './command-tree.ts';

/** The script, to be sourced. */
export function bashCompletion({ name, nodes, valued }: CommandTree): string {
  const entered = nodes.filter(({ path }) => path !== '');
  return `# bash completion of ${name}: source <(${name} completion bash)
_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} at='' word i
  # Bash splits --option=value at the sign.
  if [[ $current == '=' ]]; then current=''; elif [[ $previous == '=' ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "$word" in
      ${valued.join('|')}) i=$((i + 1)); continue ;;
    esac
    case "$at/$word" in
${entered.map(({ path }) => `      '${above(path)}') at="\${at:+$at }$word" ;;`).join('\n')}
    esac
  done
  case "$at/$previous" in
${nodes.flatMap(valueCases).join('\n')}
    ${valued.map((one) => `*/${one}`).join('|')}) COMPREPLY=(); return ;;
  esac
  case "$at" in
${nodes.map(wordCase).join('\n')}
  esac
}
complete -o default -F _${name} ${name}
`;
}

/** `brake set` is entered from `brake` by `set`. */
function above(path: string): string {
  const words = path.split(' ');
  return `${words.slice(0, -1).join(' ')}/${words.at(-1)}`;
}

function valueCases({ path, values }: Node): string[] {
  return values.map(
    ({ option, choices }) =>
      `    '${path}/${option}') COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$current")); return ;;`,
  );
}

/** Options are offered once a dash stands there, or where there is nothing else. */
function wordCase({ path, verbs, options, argumentChoices }: Node): string {
  const words = [...verbs.map(({ text }) => text), ...argumentChoices].join(' ');
  const dashed = options.map(({ text }) => text).join(' ');
  const offered =
    words === '' ? `'${dashed}'` : `"$([[ $current == -* ]] && echo '${dashed}' || echo '${words}')"`;
  return `    '${path}') COMPREPLY=($(compgen -W ${offered} -- "$current")) ;;`;
}
