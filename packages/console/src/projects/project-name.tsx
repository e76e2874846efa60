import { useQuery } from '@tanstack/react-query';
import { readAll } from '../api/read-all.ts';
import { Name } from '../parts/name.tsx';

/** What the project is called; all rows of a list ask once. */
export function ProjectName({ id }: { id: string }) {
  const projects = useQuery(readAll('listProjects', {}));
  return <Name>{projects.data?.find(project => project.id === id)?.name ?? id}</Name>;
}
